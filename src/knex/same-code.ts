/** Whether two texts of a module are the same program: without types, comments and white space. False where that cannot be told. */
export async function sameCode(a: string, b: string): Promise<boolean> {
  try {
    const { transform } = await import('esbuild');
    const [x, y] = await Promise.all([a, b].map((text) => transform(text, { loader: 'ts', minify: true, legalComments: 'none' })));
    return x?.code === y?.code;
  } catch {
    return false;
  }
}

/** The text after `-- Description:` in the comments at the top of a script; undefined when there is none. */
export function readDescription(text: string): string | undefined {
  for (const line of text.split(/\r?\n/, 40)) {
    if (line.trim() === '') continue;
    if (!line.startsWith('--')) return undefined;
    const found = /^--\s*Description:\s*(\S.*)$/i.exec(line)?.[1];
    if (found) return found.trim();
  }
  return undefined;
}

import path from 'node:path';

/** What a module takes from a file beside it: `from './x'`, `import './x'`, `import('./x')`, `require('./x')`. */
const RELATIVE = /(?<=\b(?:from|import|require)\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]*)\1/g;

/** A code migration as it reads in another folder, so that it takes from the same files. @param folders absolute */
export function movedModule(text: string, { from, to }: { readonly from: string; readonly to: string }): string {
  if (from === to) return text;
  return text.replace(RELATIVE, (_, quote: string, name: string) => {
    const moved = path.relative(to, path.join(from, name)).replaceAll('\\', '/');
    return `${quote}${moved.startsWith('.') ? moved : `./${moved}`}${quote}`;
  });
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { compileFunction } from 'node:vm';

/** Whether an import failed because a `.js` file is CommonJS: stock Knex writes it so, and this package is `"type": "module"`. */
export function isCommonJs(file: string, error: unknown): boolean {
  return (
    file.endsWith('.js') &&
    error instanceof ReferenceError &&
    /^(exports|module|require|__dirname|__filename) is not defined/.test(error.message)
  );
}

/** Runs a file as CommonJS, whatever its package says of itself. */
export function loadCommonJs(file: string): unknown {
  const run = compileFunction(readFileSync(file, 'utf8'), ['exports', 'require', 'module', '__filename', '__dirname'], { filename: file });
  const module = { exports: {} };
  run(module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
}

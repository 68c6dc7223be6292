import { createRequire } from 'node:module';
import path from 'node:path';

export type Api = typeof import('@opentelemetry/api');

// Under which every copy of @opentelemetry/api 1.x finds the SDK that a program has registered (its internal/global-utils).
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/** The project's own OpenTelemetry; undefined unless an SDK is at work in this process. Nothing is loaded before that is known. */
export function findApi(root: string): Api | undefined {
  if (!(REGISTERED in globalThis)) return undefined;
  try {
    return createRequire(path.join(root, 'package.json'))('@opentelemetry/api') as Api;
  } catch {
    return undefined;
  }
}

/** What the comments at the top of a script, or of a code migration, say. */

/** What a script declares about its way back. */
export interface Declared {
  /** `-- irreversible: the old hashes are gone`: there is no way back, on purpose. */
  readonly irreversible?: string;
  /** `-- lossy: the old names are not kept`: the way back does not bring everything back. */
  readonly lossy?: string;
}

/** When a migration runs, seen from the deployment of the application that goes with it. */
export const DEPLOY_PHASES = ['before-deploy', 'after-deploy'] as const;
export type DeployPhase = (typeof DEPLOY_PHASES)[number];

export interface HeaderLine {
  /** Counts from 1. */
  readonly line: number;
  /** `data-loss`, `phase`: in lower case. */
  readonly key: string;
  /** Empty where nothing stands behind it. */
  readonly value: string;
}

const MOST_LINES = 40;
const COMMENT = /^(?:--|\/\/|\/?\*)/;
const KEYED = /^(?:--|\/\/|\/?\*+)\s*([a-z]+(?:-[a-z]+)*)\s*:\s*(.*?)\s*(?:\*\/)?$/i;

/** The lines `-- key: value` above the first statement. */
export function readHeader(text: string): readonly HeaderLine[] {
  const found: HeaderLine[] = [];
  for (const [i, whole] of text.split(/\r?\n/, MOST_LINES).entries()) {
    const line = whole.trim();
    if (line !== '' && !COMMENT.test(line)) break;
    const [, key, value = ''] = KEYED.exec(line) ?? [];
    if (key) found.push({ line: i + 1, key: key.toLowerCase(), value });
  }
  return found;
}

const said = (text: string, key: string): string | undefined => readHeader(text).find((one) => one.key === key && one.value !== '')?.value;

export function readDeclared(text: string): Declared {
  const [irreversible, lossy] = [said(text, 'irreversible'), said(text, 'lossy')];
  return { ...(irreversible && { irreversible }), ...(lossy && { lossy }) };
}

/** The text after `-- Description:`. */
export const readDescription = (text: string): string | undefined => said(text, 'description');

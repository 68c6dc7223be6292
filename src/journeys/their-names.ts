/** What was read from another tool's folder, told by the names that it has there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readSource } from '../files/read-source.ts';
import { DOWN_FOLDER } from '../files/write-migration.ts';
import type { Imported } from '../import/plan-import.ts';
import { attempt } from '../model/attempt.ts';
import { shellWord } from '../model/command.ts';
import { given } from '../model/given.ts';
import type { Where } from '../model/lockstep-error.ts';
import type { Proof, ProofFinding, Rehearsal } from '../model/rehearsal.ts';

interface Read {
  /** Where the pairs were written. */
  readonly root: string;
  /** As it was asked for. */
  readonly folder: string;
  readonly imported: readonly Imported[];
}

interface Their {
  /** Their file, and for a rollback in it the words that say so. */
  readonly called: string;
  readonly file: string;
  /** From a line here to the line there; undefined where the text was cut from pieces, or mended. */
  readonly line: (ours: number) => number | undefined;
}

export class TheirNames {
  readonly command: string;
  private readonly files = new Map<string, Their>();
  private readonly names: ReadonlyMap<string, string>;

  constructor({ root, folder, imported }: Read) {
    this.command = `npx lockstep rehearse ${shellWord(folder)}`;
    this.names = new Map(imported.map(({ name, foreign }) => [name, withoutEnding(foreign.source)]));
    for (const { files, foreign } of imported)
      for (const file of Object.keys(files)) {
        const isDown = file.startsWith(DOWN_FOLDER);
        const source = isDown ? (foreign.downSource ?? foreign.source) : foreign.source;
        const there = path.posix.join(folder, source);
        const called = isDown && source === foreign.source ? `the rollback in ${there}` : there;
        const sql = (isDown ? foreign.down : foreign.up)?.sql ?? '';
        this.files.set(file, { called, file: there, line: lines(path.join(root, file), { there, sql }) });
      }
  }

  name = (ours: string): string => this.names.get(ours) ?? ours;

  /** Places are told beside the text, and commands are those of whoever has only the folder. */
  text = (ours: string): string => {
    let told = ours.replaceAll(/(\.sql)(?::\d+){1,2}/g, '$1');
    for (const [file, { called }] of this.files) told = told.replaceAll(file, called);
    for (const [name, theirs] of this.names)
      if (told.includes(name)) told = told.replaceAll(new RegExp(`(?<![\\w/-])${name}(?![\\w.-])`, 'g'), theirs);
    return told.replaceAll(/npm run migrate:(?:rehearse|rollback|dev)(?: again)?/g, this.command);
  };

  private where({ file, line, column }: Where): Where {
    const theirs = this.files.get(file);
    const at = line === undefined ? undefined : theirs?.line(line);
    return { file: theirs?.file ?? file, ...(at !== undefined && given({ line: at, column })) };
  }

  private finding = ({ where, ...one }: ProofFinding): ProofFinding => ({
    ...one,
    what: this.text(one.what),
    next: this.text(one.next),
    ...(where && { where: this.where(where) }),
  });

  private proof = (proof: Proof): Proof => ({
    ...proof,
    name: this.name(proof.name),
    findings: proof.findings.map(this.finding),
    notes: proof.notes.map(this.text),
    ...(proof.repetition && { repetition: this.repetition(proof) }),
  });

  private repetition({ name, repetition }: Proof): NonNullable<Proof['repetition']> {
    if (!repetition || repetition.isHarmless) return { isHarmless: true };
    const file = [...this.files.keys()].find((one) => one.endsWith(`/${name}.sql`) && !one.startsWith(DOWN_FOLDER)) ?? '';
    const what = repetition.what.replace(/\bline (\d+), /, (_, line: string) => {
      const at = this.files.get(file)?.line(Number(line));
      return at === undefined ? '' : `line ${at}, `;
    });
    return { ...repetition, what };
  }

  rehearsal = (found: Rehearsal): Rehearsal => ({
    ...found,
    proofs: found.proofs.map(this.proof),
    skipped: found.skipped.map(({ name, why }) => ({ name: this.name(name), why: this.text(why) })),
    notes: found.notes.map(this.text),
    ...(found.chain && { chain: found.chain.map(this.finding) }),
  });
}

const withoutEnding = (source: string): string => source.replace(/(?:[/.](?:up|do|migration))?\.sql$/i, '');

const linesBefore = (text: string, at: number): number => text.slice(0, at).split('\n').length - 1;

function lines(ours: string, { there, sql }: { readonly there: string; readonly sql: string }): Their['line'] {
  const [here, theirs] = [attempt(() => readFileSync(ours, 'utf8')) ?? '', attempt(() => readSource('', path.resolve(there)).text) ?? ''];
  const [from, to] = [here.indexOf(sql), theirs.indexOf(sql)];
  if (sql === '' || from < 0 || to < 0) return () => undefined;
  const shift = linesBefore(theirs, to) - linesBefore(here, from);
  return (line) => line + shift;
}

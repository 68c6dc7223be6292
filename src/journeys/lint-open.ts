import { readMigrations } from '../files/read-migrations.ts';
import { checksumOf } from '../files/read-source.ts';
import { accept } from '../lint/accept.ts';
import { lintFile } from '../lint/lint-file.ts';
import { replayInputs } from '../lint/lint-migrations.ts';
import type { LintTask } from '../lint/lint-task.ts';
import { readInput } from '../lint/read-input.ts';
import { Schema } from '../lint/schema/schema.ts';
import { environmentNamed, type Project } from '../model/environment.ts';
import type { Finding } from '../model/finding.ts';
import type { Migration, SourceFile } from '../model/migration.ts';

/** A file as an editor has it, whether or not it is saved. */
export interface OpenFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface LintedOpenFile {
  readonly file: SourceFile;
  readonly findings: readonly Finding[];
}

/** The schema below a migration, by what it was made of: an editor asks with each key that is pressed. */
interface Below {
  readonly key: string;
  readonly schema: Schema;
}

/** Lints what an editor shows, behind the saved files below it. Asks no database. */
export class OpenFiles {
  private readonly project: Project;
  private below: Below | undefined;

  constructor(project: Project) {
    this.project = project;
  }

  /** Undefined for a file that is no migration's. */
  async lint({ path, text }: OpenFile): Promise<LintedOpenFile | undefined> {
    const { migrations } = await readMigrations(this.project.root);
    const own = migrations.find(({ up, down }) => up === path || down === path);
    if (!own) return undefined;
    const file = { path, text, checksum: checksumOf(text) };
    const task = await this.taskOf(migrations, own, file);
    const found = accept(task, await lintFile(task), { baseline: new Set(), today: new Date().toISOString().slice(0, 10) });
    return { file, findings: found.findings };
  }

  private async taskOf(migrations: readonly Migration[], own: Migration, file: SourceFile): Promise<LintTask> {
    const isDown = own.down === file.path;
    const schema = (await this.schemaBelow(migrations.slice(0, migrations.indexOf(own) + (isDown ? 1 : 0)))).clone();
    schema.isPending = true;
    const { lintRules } = environmentNamed(this.project, 'production').policy;
    return { file, migration: own.name, direction: isDown ? 'down' : 'up', schema, severities: lintRules };
  }

  private async schemaBelow(migrations: readonly Migration[]): Promise<Schema> {
    const inputs = migrations.map((one) => readInput(this.project.root, { ...one, down: undefined }));
    const key = inputs.map(({ up }) => up?.checksum ?? '-').join(' ');
    if (this.below?.key === key) return this.below.schema;
    const schema = new Schema();
    await replayInputs(schema, inputs, false);
    this.below = { key, schema };
    return schema;
  }
}

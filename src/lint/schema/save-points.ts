import type { Schema } from './schema.ts';

/** What ROLLBACK undoes, the schema forgets. */
export class SavePoints {
  private readonly schema: Schema;
  private readonly kept: { readonly name: string; readonly schema: Schema }[] = [];

  constructor(schema: Schema) {
    this.schema = schema;
  }

  see({ kind, savepoint_name: name = '' }: { readonly kind?: string; readonly savepoint_name?: string }): void {
    if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START')
      this.kept.splice(0, this.kept.length, { name: '', schema: this.schema.clone() });
    if (kind === 'TRANS_STMT_SAVEPOINT') this.kept.push({ name, schema: this.schema.clone() });
    const to =
      kind === 'TRANS_STMT_ROLLBACK'
        ? this.kept[0]
        : kind === 'TRANS_STMT_ROLLBACK_TO'
          ? this.kept.findLast((one) => one.name === name)
          : undefined;
    if (to) Object.assign(this.schema, to.schema.clone());
  }
}

/** Rows of a table, by the partition and the place that they are at: both stand still as long as a snapshot is held. */
export class RowIds {
  private readonly byLeaf = new Map<string, Set<string>>();

  /** @returns whether it is new */
  add({ leaf, id }: RowId): boolean {
    const known = this.byLeaf.get(leaf);
    if (known?.has(id)) return false;
    if (known) known.add(id);
    else this.byLeaf.set(leaf, new Set([id]));
    return true;
  }

  get size(): number {
    return [...this.byLeaf.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** As a condition each that selects some of them from their partition. */
  *pieces(): Generator<{ readonly leaf: string; readonly ids: string }> {
    for (const [leaf, ids] of this.byLeaf) {
      const all = [...ids];
      for (let at = 0; at < all.length; at += PIECE)
        yield {
          leaf,
          ids: `'{${all
            .slice(at, at + PIECE)
            .map((id) => `"${id}"`)
            .join()}}'::tid[]`,
        };
    }
  }
}

const PIECE = 20_000;

export interface RowId {
  /** The table or partition, quoted. */
  readonly leaf: string;
  readonly id: string;
}

/** Of a table by its alias. */
export const rowId = (alias: string): string => `${alias}.tableoid::regclass::text AS leaf, ${alias}.ctid::text AS id`;

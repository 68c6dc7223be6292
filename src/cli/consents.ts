import { type Offer, REPAIRS, type RepairKind } from '../model/repair.ts';

type Wishes = { readonly [kind in RepairKind]?: readonly string[] | undefined };

/** What the options of `migrate:repair` consent to: `--accept 002_x --rename 003_a=003_b`. */
export function consentsOf(wishes: Wishes): readonly Pick<Offer, 'kind' | 'name' | 'to'>[] {
  return REPAIRS.flatMap((kind) =>
    (wishes[kind] ?? []).map((wish) => {
      const [name = '', to] = wish.split('=');
      return { kind, name, ...(to !== undefined && { to }) };
    }),
  );
}

import { attachedKinds } from './kinds/attached.ts';
import { behaviourKinds } from './kinds/behaviour.ts';
import { outsideKinds } from './kinds/outside.ts';
import type { Kinds, Since } from './kinds/pieces.ts';
import { privilegeKinds } from './kinds/privileges.ts';
import { relationKinds } from './kinds/relations.ts';
import { routineKinds } from './kinds/routines.ts';
import { typeKinds } from './kinds/types.ts';
import { unmodelledKinds } from './kinds/unmodelled.ts';

/** One query per kind of object, for a server of this major. */
export function queriesFor(serverMajor: number): Kinds {
  const since: Since = (major, sql, before = '') => (serverMajor >= major ? sql : before);
  const themes = [relationKinds, behaviourKinds, routineKinds, typeKinds, outsideKinds, attachedKinds, privilegeKinds];
  return Object.assign({}, ...themes.map((theme) => theme(since)), unmodelledKinds());
}

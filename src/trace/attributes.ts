import type { Attributes } from '@opentelemetry/api';
import type { Event } from '../model/event.ts';
import { formatPlace, isLockstepError } from '../model/lockstep-error.ts';
import type { Failure } from '../model/outcome.ts';

type Of<T extends Event['type']> = Extract<Event, { readonly type: T }>;

// Names as OpenTelemetry's semantic conventions have them, where they have one; the rest is ours. No text of a statement, of the server or
// of a refusal is among them: each may hold a row's values.
export const ofConnection = ({ environment, server }: Of<'connected'>): Attributes => ({
  'db.system.name': 'postgresql',
  'db.namespace': `${server.database}|${server.schema}`,
  'server.address': server.host,
  'server.port': server.port,
  'deployment.environment.name': environment,
});

export const ofRun = ({ run, commit, by }: Of<'run-started'>): Attributes => ({
  'lockstep.run': run,
  'user.name': by,
  ...(commit && { 'vcs.ref.head.revision': commit }),
});

export const ofStep = ({ direction, number, total, step }: Of<'step-started'>): Attributes => ({
  'lockstep.migration': step.name,
  'lockstep.direction': direction,
  'lockstep.step.number': number,
  'lockstep.step.total': total,
  'lockstep.parts': step.parts,
  'lockstep.statements': step.statements,
});

export const ofPart = ({ name, number, total, summary }: Of<'progress'>): Attributes => ({
  'lockstep.migration': name,
  'lockstep.part.number': number,
  'lockstep.part.total': total,
  'db.operation.name': summary,
});

/** What went wrong, as a span may say it: by its code, and by its place in a file. */
export interface Wrong {
  readonly message: string;
  readonly attributes: Attributes;
}

export function ofFailure({ code, sqlstate, where }: Pick<Failure, 'code' | 'sqlstate' | 'where'>): Wrong {
  const message = [code, sqlstate, where && `at ${formatPlace(where)}`].filter(Boolean).join(' ');
  return { message, attributes: { 'error.type': sqlstate ?? code, ...(sqlstate && { 'db.response.status_code': sqlstate }) } };
}

/** What was thrown: a refusal has a code, and so has the server's error. */
export function ofThrown(error: unknown): Wrong {
  if (isLockstepError(error)) return ofFailure(error);
  const { code, name } = error as { readonly code?: unknown; readonly name?: string };
  const type = typeof code === 'string' ? code : (name ?? 'Error');
  return { message: type, attributes: { 'error.type': type, ...(/^[0-9A-Z]{5}$/.test(type) && { 'db.response.status_code': type }) } };
}

import { audit } from '../journeys/audit.ts';
import type { Journey } from '../journeys/journey.ts';
import { status } from '../journeys/status.ts';
import { chosenEnvironment } from '../knex/read-environment.ts';
import { findEnvironmentName } from '../model/environment.ts';
import type { ExitCode } from '../model/lockstep-error.ts';
import { isInOrder } from '../model/status.ts';
import { auditJson, auditText } from '../report/audit-text.ts';
import { statusJson } from '../report/json.ts';
import { policyText } from '../report/policy-text.ts';
import { nextAfterStatus, statusText } from '../report/status-text.ts';
import { print } from './print.ts';

export interface StatusWish {
  readonly check?: boolean | undefined;
  readonly report?: readonly string[] | undefined;
}

/** Prints the status. @returns 1 where `--check` asks for an order that is not there */
export async function tellStatus(journey: Journey, { check, report }: StatusWish): Promise<ExitCode> {
  const found = await status(journey);
  print(report?.includes('json') ? statusJson(found) : statusText(found, nextAfterStatus(found)));
  return check && !isInOrder(found) ? 1 : 0;
}

/** Prints what the policy of the environment says: the one that was asked for, else the one that the database remembers. */
export async function tellPolicy(journey: Journey): Promise<ExitCode> {
  const environment = chosenEnvironment(journey.env, journey.variables) ?? findEnvironmentName((await status(journey)).environment);
  return print(policyText(journey.project, environment ?? 'development'));
}

/** Prints the audit. @returns 1 where something is not as the journal says it was */
export async function tellAudit(journey: Journey & { readonly head?: string }, { report }: StatusWish): Promise<ExitCode> {
  const found = await audit(journey);
  print(report?.includes('json') ? auditJson(found) : auditText(found));
  return found.findings.length > 0 ? 1 : 0;
}

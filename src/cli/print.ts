import { writeFileSync } from 'node:fs';
import { chosenEnvironment } from '../environment/read-environment.ts';
import { runnerName } from '../environment/user.ts';
import { linksOf } from '../files/read-links.ts';
import { filesOf } from '../files/write-migration.ts';
import { audit } from '../journeys/audit.ts';
import { deepStatus } from '../journeys/deep-status.ts';
import { status } from '../journeys/status.ts';
import { environmentNamed } from '../model/environment.ts';
import type { DeployPhase } from '../model/header.ts';
import type { Journey } from '../model/journey.ts';
import type { ExitCode } from '../model/lockstep-error.ts';
import { printable, visible } from '../model/printable.ts';
import { isInOrder } from '../model/status.ts';
import { auditJson, auditText } from '../report/audit-text.ts';
import { deepText } from '../report/deep-text.ts';
import { auditPage, type Look, statusPage, textPage } from '../report/html/looks.ts';
import { deepJson, statusJson } from '../report/json.ts';
import { policyText } from '../report/policy-text.ts';
import { statusMetrics } from '../report/prometheus.ts';
import { nextAfterStatus, statusText } from '../report/status-text.ts';

/** Asked-for text goes to stdout, where a pipe can take it; prose goes to stderr. */
export function print(text: string): ExitCode {
  process.stdout.write(visible(text));
  return 0;
}

interface StatusWish {
  readonly check?: boolean | undefined;
  /** With `check`: only this phase must be finished. */
  readonly phase?: DeployPhase | undefined;
  readonly report?: readonly string[] | undefined;
}

/** Pages that were asked for with `--report html=FILE`. */
export function writePages(report: StatusWish['report'], makePage: () => string): void {
  for (const wish of report ?? []) if (wish.startsWith('html=')) writeFileSync(wish.slice('html='.length), makePage());
}

function lookOf({ project, variables }: Journey, text: string): Look {
  const links = linksOf(project.root, variables)();
  return { text, links, fileOf: (name) => filesOf(name).up, origin: { at: new Date(), by: runnerName(), commit: links.head } };
}

/** Prints the status. @returns 1 where `--check` asks for an order that is not there */
export async function tellStatus(journey: Journey, { check, phase, report }: StatusWish): Promise<ExitCode> {
  const found = await status({ ...journey, isThorough: check === true });
  const text = printable(statusText(found, nextAfterStatus(found)));
  print(report?.includes('prometheus') ? statusMetrics(found) : report?.includes('json') ? statusJson(found) : text);
  writePages(report, () => statusPage(printable(found), lookOf(journey, text)));
  return check && !isInOrder(found, phase) ? 1 : 0;
}

/** Prints what the policy of the environment says: the one that was asked for, else the one that the database remembers. */
export async function tellPolicy(journey: Journey, { report }: StatusWish): Promise<ExitCode> {
  const environment = chosenEnvironment(journey) ?? environmentNamed(journey.project, (await status(journey)).environment);
  const text = printable(policyText(environment));
  writePages(report, () => textPage('Migration policy', text));
  return print(text);
}

/** Prints the audit. @returns 1 where something is not as the journal says it was */
export async function tellAudit(journey: Journey & { readonly head?: string }, { report }: StatusWish): Promise<ExitCode> {
  const found = await audit(journey);
  const text = printable(auditText(found));
  print(report?.includes('json') ? auditJson(found) : text);
  writePages(report, () => auditPage(printable(found), lookOf(journey, text)));
  return found.findings.length > 0 ? 1 : 0;
}

/** Prints how the database differs from what its migrations make. @returns 1 where it does */
export async function tellDeepStatus(journey: Journey, { report }: StatusWish): Promise<ExitCode> {
  const found = await deepStatus(journey);
  const text = printable(deepText(found));
  print(report?.includes('json') ? deepJson(found) : text);
  writePages(report, () => textPage('Migrations and database', text));
  return found.differences.length === 0 ? 0 : 1;
}

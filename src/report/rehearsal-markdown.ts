import { hasPassed, type Proof, type ProofFinding, type Rehearsal } from '../model/rehearsal.ts';
import { loadTable } from './load-table.ts';
import { count, duration } from './phrases.ts';
import { DRIFTED, NEXT_AFTER_DRIFT, realRows, verdictOf } from './rehearsal-text.ts';

// Nothing of a name or an error may end a cell, or be taken for markup.
const cell = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>()#+!|~@]/g, '\\$&').replaceAll(/\s*\n\s*/g, ' ');
const fence = (text: string): string => {
  const ticks = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${ticks}\n${text}\n${ticks}`;
};

/** For the comment of a pull request. */
export function rehearsalMarkdown(rehearsal: Rehearsal): string {
  const { proofs, skipped, chain, serverVersion, place, durationMs, notes, data } = rehearsal;
  const failed = proofs.filter(({ findings }) => findings.length > 0);
  const title = hasPassed(rehearsal) ? `Rehearsal: ${count(proofs.length, 'migration')} proved` : 'Rehearsal: does not hold';
  return `${[
    `### ${title}`,
    ...(serverVersion === '' ? [] : [`On PostgreSQL ${cell(serverVersion)}, ${cell(place)}, in ${duration(durationMs)}.`]),
    ...(data ? [cell(`${realRows(data)}.`)] : []),
    ...(data && data.drift.length > 0
      ? [
          '#### Drift',
          fence([`${data.source} ${DRIFTED}`, ...data.drift.map((line) => `  ${line}`), `Next: ${NEXT_AFTER_DRIFT}`].join('\n')),
        ]
      : []),
    ...(data?.missing ?? []).map(({ table, why }) => `- ${cell(`${table}: without its rows: ${why}`)}`),
    ...(proofs.length > 0 ? [['| migration | | |', '| --- | --- | --- |', ...proofs.map(row)].join('\n')] : []),
    ...proofs.flatMap(({ name, load }) => (load ? [`#### ${cell(name)} under load`, fence(loadTable(load).join('\n'))] : [])),
    ...failed.flatMap(({ name, findings }) => [`#### ${cell(name)}`, ...findings.map(details)]),
    ...(chain === undefined || chain.length === 0 ? [] : ['#### All the way down and up again', ...chain.map(details)]),
    ...skipped.map(({ name, why }) => `- ${cell(name)}: not rehearsed: ${cell(why)}`),
    ...notes.map((note) => `- ${cell(note)}`),
  ].join('\n\n')}\n`;
}

const row = (proof: Proof): string =>
  `| ${cell(proof.name)} | ${proof.findings.length === 0 ? 'holds' : '**FAILED**'} | ${cell([verdictOf(proof), ...proof.notes].join('; '))} |`;

const details = ({ what, lines = [], next }: ProofFinding): string =>
  fence([what, ...lines.map((line) => `  ${line}`), `Next: ${next}`].join('\n'));

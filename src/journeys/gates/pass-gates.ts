import { backupGate } from './backup-gate.ts';
import { consentGate } from './consent-gate.ts';
import { dataLossGate } from './data-loss-gate.ts';
import type { Gate, GateQuestion, GateResults } from './gate.ts';
import { keptBackupGate } from './kept-backup-gate.ts';
import { lintGate } from './lint-gate.ts';
import { provenanceGate } from './provenance-gate.ts';
import { rehearsalGate } from './rehearsal-gate.ts';
import { snapshotGate } from './snapshot-gate.ts';

// In this order: what is cheap to find out comes before what takes its time.
const READING: readonly Gate[] = [provenanceGate, snapshotGate, lintGate, dataLossGate, keptBackupGate];
const ACTING: readonly Gate[] = [rehearsalGate, consentGate, backupGate];

async function pass(gates: readonly Gate[], question: GateQuestion, before: GateResults = {}): Promise<GateResults> {
  let results = before;
  for (const gate of gates) results = { ...results, ...(await gate(question, results)) };
  return results;
}

/** Leads a plan through every gate. @throws LockstepError (exit 3) at the first one that stays closed */
export const passGates = (question: GateQuestion): Promise<GateResults> => pass([...READING, ...ACTING], question);

/** Through those that only look: what a dry run can say. @throws LockstepError as `passGates` */
export const passReadingGates = (question: GateQuestion): Promise<GateResults> => pass(READING, question);

/** Through the others, behind them: `results` is what they gave. @throws LockstepError as `passGates` */
export const passActingGates = (question: GateQuestion, results: GateResults): Promise<GateResults> => pass(ACTING, question, results);

import { backupGate } from './backup-gate.ts';
import { consentGate } from './consent-gate.ts';
import { dataLossGate } from './data-loss-gate.ts';
import type { Gate, GateQuestion, Passed } from './gate.ts';
import { provenanceGate } from './provenance-gate.ts';
import { recordedGate } from './recorded-gate.ts';
import { stockHistoryGate } from './stock-history-gate.ts';

// In this order: what is cheap to find out comes before what takes its time.
const GATES: readonly Gate[] = [recordedGate, stockHistoryGate, provenanceGate, dataLossGate, consentGate, backupGate];

/** Leads a plan through every gate. @throws LockstepError (exit 3) at the first one that stays closed */
export async function passGates(question: GateQuestion): Promise<Passed> {
  let passed: Passed = {};
  for (const gate of GATES) passed = { ...passed, ...(await gate(question, passed)) };
  return passed;
}

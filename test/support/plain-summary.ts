import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Ends the run with the reasons of skipped tests and one plain line: `N passed, N failed, N skipped`. */
export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (...states: readonly string[]): number => tests.filter((test) => states.includes(test.result().state)).length;
    const groups = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = groups.filter((group) => group.errors().length > 0).length;
    const skipped = tests.filter((test) => test.result().state === 'skipped').map((test) => `skipped: ${test.fullName}${reasonOf(test)}\n`);
    const line = `${count('passed')} passed, ${count('failed') + broken + errors.length} failed, ${count('skipped', 'pending')} skipped`;
    process.stdout.write(`\n${skipped.join('')}${line}\n`);
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return result.state === 'skipped' && result.note ? `: ${result.note}` : '';
}

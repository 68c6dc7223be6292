import { type ChildProcess, spawn } from 'node:child_process';
import type { Answer, Order, Pool, Runners, Victim } from './runner.ts';

/** `npm run migrate:dev` itself: npm, the shell and node, in a process group of their own. */
export class NpmRunner implements Victim {
  private child: ChildProcess | undefined;
  private readonly warm: Runners;

  /** @param warm answers questions about the status: they are the oracle's and not under fault */
  constructor(warm: Runners) {
    this.warm = warm;
  }

  async run(order: Order): Promise<Answer> {
    return order.command === 'status' ? this.ask(order) : this.start(order);
  }

  signal(name: NodeJS.Signals): void {
    const pid = this.child?.pid;
    if (pid === undefined || this.child?.exitCode !== null) return;
    try {
      process.kill(-pid, name);
    } catch {
      // The whole group is gone.
    }
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
  }

  private async ask(order: Order): Promise<Answer> {
    const runner = this.warm.take();
    try {
      return await runner.run({ ...order, program: 'ours' });
    } finally {
      this.warm.giveBack(runner);
    }
  }

  private start({ root, variables, command, to }: Order): Promise<Answer> {
    const { PATH = '', HOME = '' } = process.env;
    const words =
      command === 'up'
        ? ['migrate:dev', ...(to === undefined ? [] : ['--', '--to', to])]
        : ['migrate:rollback', ...(command === 'down' ? [] : ['--', '--to', '001'])];
    const child = spawn('npm', ['run', '--silent', ...words], {
      cwd: root,
      env: { PATH, HOME, ...variables },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return new Promise((resolve) => {
      child.on('close', (code) => resolve({ exitCode: code ?? undefined, said }));
    });
  }
}

/** Each is started when it is needed, as a user starts it. */
export class NpmRunners implements Pool {
  private readonly warm: Runners;

  constructor(warm: Runners) {
    this.warm = warm;
  }

  take(): NpmRunner {
    return new NpmRunner(this.warm);
  }

  giveBack(): void {}
}

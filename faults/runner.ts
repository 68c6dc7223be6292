import { type ChildProcess, fork } from 'node:child_process';
import type { Command } from './projects.ts';

/** What a waiting runner is told to do. */
export interface Order {
  /** Our commands, the stock CLI with our knexfile, stock Knex alone, our commands through npm. */
  readonly program: 'ours' | 'stock' | 'plain' | 'npm';
  readonly command: Command | 'status';
  /** The version to stop at, when the base is laid. */
  readonly to?: string;
  readonly root: string;
  /** Backfills are left to a worker, which this command is too. */
  readonly isBackground?: true;
  readonly variables: Readonly<Record<string, string>>;
}

export interface Answer {
  /** Undefined when the runner was killed before it could tell. */
  readonly exitCode: number | undefined;
  readonly said: string;
  readonly status?: unknown;
}

// Ours may wait 75 s for another run by design; stock Knex waits for a table as long as the server lets it.
const PATIENCE_MS = { ours: 120_000, stock: 120_000, npm: 120_000, plain: 30_000 } as const;

/** A process that runs one command at a time, and can be struck. */
export interface Victim {
  readonly run: (order: Order) => Promise<Answer>;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly kill: () => Promise<void>;
}

/** Where victims come from. */
export interface Pool {
  /** @param isSpent it will be killed: one that has run nothing yet is as good then as one that has, and cheaper to lose */
  readonly take: (isSpent?: boolean) => Victim;
  readonly giveBack: (victim: Victim) => void;
}

/** One warm runner process. */
export class Runner implements Victim {
  private readonly child: ChildProcess;
  private readonly ready: Promise<void>;
  private said = '';

  constructor(file: string) {
    const { PATH = '', HOME = '' } = process.env;
    this.child = fork(file, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { PATH, HOME }, execArgv: [] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    this.child.setMaxListeners(0);
    this.ready = new Promise((resolve, reject) => {
      this.child.once('message', () => resolve());
      this.child.once('exit', () => reject(new Error(`a runner ended before it was ready:\n${this.said}`)));
    });
    this.ready.catch(() => {});
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Runs one command to its end, or to the runner's. */
  async run(order: Order): Promise<Answer> {
    await this.ready;
    this.said = '';
    const patience = PATIENCE_MS[order.program];
    return new Promise((resolve) => {
      const settle = (exitCode: number | undefined, status?: unknown): void => {
        clearTimeout(timer);
        this.child.off('message', onMessage).off('close', onClose);
        resolve({ exitCode, said: this.said, ...(status !== undefined && { status }) });
      };
      const onMessage = (answer: { readonly exitCode: number; readonly status?: unknown }): void => settle(answer.exitCode, answer.status);
      const onClose = (code: number | null): void => settle(code ?? undefined);
      const timer = setTimeout(() => {
        this.said += `\nno answer for ${patience / 1000} s`;
        this.signal('SIGKILL');
      }, patience);
      this.child.on('message', onMessage).on('close', onClose);
      this.child.send(order);
    });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** SIGKILL, and no sooner back than it is gone. */
  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Keeps some runners warm. */
export class Runners implements Pool {
  private readonly file: string;
  private readonly fresh: Runner[] = [];
  /** What these have compiled serves the next command. */
  private readonly used: Runner[] = [];

  constructor(file: string, spares: number) {
    this.file = file;
    for (let i = 0; i < spares; i += 1) this.fresh.push(new Runner(file));
  }

  take(isSpent = false): Runner {
    const next = (): Runner | undefined => (isSpent ? (this.fresh.shift() ?? this.used.pop()) : (this.used.pop() ?? this.fresh.shift()));
    for (let one = next(); one; one = next()) if (one.isAlive) return one;
    return new Runner(this.file);
  }

  /** A runner that lives goes on waiting; in the place of a dead one, another is warmed. */
  giveBack(victim: Victim): void {
    if (victim instanceof Runner && victim.isAlive) this.used.push(victim);
    else this.fresh.push(new Runner(this.file));
  }

  async end(): Promise<void> {
    await Promise.all([...this.fresh.splice(0), ...this.used.splice(0)].map((runner) => runner.kill()));
  }
}

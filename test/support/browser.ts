/** Debian's Chromium without a window, spoken to through a pipe (DevTools protocol): what a page is like once it is drawn. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => fs.existsSync(file));

export const hasBrowser = CHROMIUM !== undefined;

export interface Look {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

export interface Drawn<T> {
  readonly found: T;
  /** What the browser complains of. */
  readonly complaints: readonly string[];
  readonly png: Buffer;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly entry?: { readonly text: string } };
  readonly result?: unknown;
}

/** Draws a page of HTML at this width. @param ask an expression, asked in the page; its value is what JSON can say */
export async function draw<T>(page: string, { width, scheme }: Look, ask: string): Promise<Drawn<T>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'page-'));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    `--user-data-dir=${path.join(folder, 'profile')}`,
  ];
  const child = spawn(CHROMIUM ?? '', [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    const file = path.join(folder, 'page.html');
    fs.writeFileSync(file, page);
    const browser = new Browser(child.stdio[3] as Writable, child.stdio[4] as Readable);
    return await browser.draw(`file://${file}`, { width, scheme }, ask);
  } finally {
    child.kill();
    await ended;
    await removeUnquiet(folder);
  }
}

/** Removes a folder into which the browser's helpers write for a moment longer: `maxRetries` does not look for new files. */
async function removeUnquiet(folder: string, tries = 100): Promise<void> {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (tries === 0) throw error;
    await delay(100);
    await removeUnquiet(folder, tries - 1);
  }
}

class Browser {
  private readonly to: Writable;
  private readonly answers = new Map<number, (result: unknown) => void>();
  private readonly awaited = new Map<string, () => void>();
  private readonly complaints: string[] = [];
  private session: string | undefined;
  private last = 0;

  constructor(to: Writable, from: Readable) {
    this.to = to;
    let text = '';
    from.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const one of messages) this.take(JSON.parse(one));
    });
  }

  private take({ id, method = '', params, result }: Message): void {
    if (id !== undefined) this.answers.get(id)?.(result);
    if (params?.entry) this.complaints.push(params.entry.text);
    this.awaited.get(method)?.();
  }

  private send<R>(method: string, params: object = {}): Promise<R> {
    this.last += 1;
    const id = this.last;
    this.to.write(`${JSON.stringify({ id, method, params, ...(this.session && { sessionId: this.session }) })}\0`);
    return new Promise((resolve) => this.answers.set(id, resolve as (result: unknown) => void));
  }

  async draw<T>(url: string, { width, scheme }: Look, ask: string): Promise<Drawn<T>> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
    this.session = (await this.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    for (const room of ['Page', 'Log', 'Runtime']) await this.send(`${room}.enable`);
    await this.send('Emulation.setDeviceMetricsOverride', { width, height: 800, deviceScaleFactor: 1, mobile: width < 600 });
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const loaded = new Promise<void>((resolve) => this.awaited.set('Page.loadEventFired', resolve));
    await this.send('Page.navigate', { url });
    await loaded;
    const { result } = await this.send<{ result: { value: T } }>('Runtime.evaluate', { expression: ask, returnByValue: true });
    const { data } = await this.send<{ data: string }>('Page.captureScreenshot', { captureBeyondViewport: true });
    return { found: result.value, complaints: this.complaints, png: Buffer.from(data, 'base64') };
  }
}

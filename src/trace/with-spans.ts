import type { Attributes, Span } from '@opentelemetry/api';
import type { Event } from '../model/event.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';
import { ofConnection, ofFailure, ofPart, ofRun, ofStep, ofThrown, type Wrong } from './attributes.ts';
import { type Api, findApi } from './find-api.ts';

/**
 * Carries out a run under a span of the project's own OpenTelemetry, and turns its events into spans below: one a step, and one a part of a
 * step that has several or runs alone. Without an SDK in this process it does nothing.
 */
export async function withSpans<J extends Pick<Journey, 'project' | 'emit'>, T>(
  journey: J,
  direction: Direction,
  body: (journey: J) => Promise<T>,
): Promise<T> {
  const api = findApi(journey.project.root);
  if (!api) return body(journey);
  const spans = new RunSpans(api, direction);
  const emit = (event: Event): void => {
    try {
      spans.report(event);
    } catch {
      // A run does not fail because of whoever looks on.
    }
    journey.emit(event);
  };
  return api.context.with(spans.context, () =>
    body({ ...journey, emit })
      .catch((error: unknown) => {
        spans.refuse(error);
        throw error;
      })
      .finally(() => spans.end()),
  );
}

/** The spans of one run that are open. */
class RunSpans {
  readonly context: ReturnType<Api['context']['active']>;
  private readonly api: Api;
  private readonly run: Span;
  private step: Span | undefined;
  private part: Span | undefined;
  /** What each step repeats, so that it can be found by itself. */
  private shared: Attributes = {};

  constructor(api: Api, direction: Direction) {
    this.api = api;
    this.run = this.start(`lockstep ${direction}`, { 'lockstep.direction': direction, 'lockstep.outcome': 'nothing to do' });
    this.context = api.trace.setSpan(api.context.active(), this.run);
  }

  report(event: Event): void {
    switch (event.type) {
      case 'connected':
        this.shared = ofConnection(event);
        this.run.setAttributes(this.shared);
        break;
      case 'run-started':
        this.run.setAttributes(ofRun(event));
        break;
      case 'step-started':
        this.step = this.start(`${event.direction} ${event.step.name}`, { ...this.shared, ...ofStep(event) }, this.run);
        break;
      case 'progress':
        if (event.unit === 'part') this.startPart(event);
        break;
      case 'step-done':
        this.endStep({ 'lockstep.outcome': 'done', 'lockstep.duration_ms': Math.round(event.durationMs) });
        break;
      case 'step-failed':
        this.endStep({ 'lockstep.outcome': 'failed' }, ofFailure(event.failure));
        break;
      case 'run-ended':
        this.close(event);
    }
  }

  /** A refusal, or what nobody expected: nothing more is reported. */
  refuse(error: unknown): void {
    this.run.setAttribute('lockstep.outcome', isLockstepError(error) ? 'refused' : 'failed');
    this.fail(this.run, ofThrown(error));
  }

  end(): void {
    for (const span of [this.part, this.step, this.run]) span?.end();
  }

  private start(name: string, attributes: Attributes, parent?: Span): Span {
    const { trace, context } = this.api;
    const above = parent ? trace.setSpan(context.active(), parent) : context.active();
    return trace.getTracer('lockstep').startSpan(name, { attributes }, above);
  }

  private startPart(event: Extract<Event, { readonly type: 'progress' }>): void {
    this.part?.end();
    this.part = this.start(
      `part ${event.number}/${event.total} ${event.summary}`,
      { ...this.shared, ...ofPart(event) },
      this.step ?? this.run,
    );
  }

  private endStep(attributes: Attributes, wrong?: Wrong): void {
    this.step?.setAttributes(attributes);
    for (const span of [this.part, this.step]) {
      if (span && wrong) this.fail(span, wrong);
      span?.end();
    }
    this.part = undefined;
    this.step = undefined;
  }

  private close({ outcome: { target, done, failed, notReached, durationMs } }: Extract<Event, { readonly type: 'run-ended' }>): void {
    this.run.setAttributes({
      'lockstep.outcome': failed ? (failed.interrupted ? 'interrupted' : 'failed') : 'done',
      'lockstep.target': target,
      'lockstep.steps.done': done.length,
      'lockstep.steps.not_reached': notReached.length,
      'lockstep.duration_ms': Math.round(durationMs),
    });
    if (failed) this.fail(this.run, ofFailure(failed.failure));
  }

  private fail(span: Span, { message, attributes }: Wrong): void {
    span.setAttributes(attributes);
    span.setStatus({ code: this.api.SpanStatusCode.ERROR, message });
  }
}

import type { RuleClass, Severity } from './finding.ts';

/** What a rule says about itself: for its findings, for docs/rules.md, and for the tests that hold it to its word. */
export interface Card {
  /** Stable, kebab-case; people write it into `-- lint-allow`. */
  readonly id: string;
  readonly class: RuleClass;
  /** Where it is not what its class says. */
  readonly severity?: Severity;
  /** What it warns of, as the heading of its page. */
  readonly title: string;
  /** One sentence: what happens on the server. */
  readonly why: string;
  /** Of a runtime error: an empty table is spared. */
  readonly needsRows?: true;
  /** Majors of PostgreSQL on which it holds; without them on all. */
  readonly since?: number;
  readonly until?: number;
  /** What is there before; none: nothing. */
  readonly given?: string;
  readonly bad: string;
  /** What comes to the same without the hazard. */
  readonly good: string;
  /** Rules of the same meaning in other tools. */
  readonly same?: { readonly squawk?: string; readonly strongMigrations?: string };
}

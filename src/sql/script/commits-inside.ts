import type { DefElem, Node } from 'libpg-query';
import { findOption, nameOfList, wordOf } from '../effects/names.ts';
import { tokenEnd } from '../text/tokens.ts';
import { skipBlank } from '../text/whitespace.ts';
import { PLAIN, type Trait } from './traits.ts';

const ENDS = /^(?:COMMIT|ROLLBACK)$/i;
/** Behind these a statement of PL/pgSQL begins. */
const BEFORE_STATEMENT = /^(?:;|BEGIN|THEN|ELSE|LOOP|DECLARE|>)$/i;

/** DO blocks and calls of procedures that end their transaction, which no transaction around them allows (manual: plpgsql-transactions). */
export class CommittingBodies {
  private readonly procedures = new Set<string>();

  adjust(node: Node, trait: Trait): Trait {
    if (trait !== PLAIN) return trait;
    if ('DoStmt' in node) return endsTransaction(bodyOf(node.DoStmt.args)) ? COMMITS : trait;
    if ('CallStmt' in node) return this.procedures.has(nameOfList(node.CallStmt.funccall?.funcname).name) ? COMMITS : trait;
    if ('CreateFunctionStmt' in node) {
      const { is_procedure, funcname, options } = node.CreateFunctionStmt;
      if (is_procedure && endsTransaction(bodyOf(options))) this.procedures.add(nameOfList(funcname).name);
    }
    return trait;
  }
}

const COMMITS: Trait = { kind: 'commits' };

function bodyOf(options: readonly Node[] | undefined): string {
  const body: DefElem | undefined = findOption(options, 'as');
  const text = body?.arg && 'List' in body.arg ? body.arg.List.items?.[0] : body?.arg;
  return wordOf(text);
}

/** Whether COMMIT or ROLLBACK stands where a statement begins; what a string of dynamic SQL says is not looked at. */
function endsTransaction(body: string): boolean {
  if (!/commit|rollback/i.test(body)) return false;
  try {
    let before = ';';
    for (let at = skipBlank(body, 0); at < body.length; ) {
      const end = tokenEnd(body, at);
      const token = body.slice(at, end);
      if (ENDS.test(token) && BEFORE_STATEMENT.test(before)) return true;
      before = token;
      at = skipBlank(body, end);
    }
  } catch {
    // A body that is not PL/pgSQL has other quotes.
  }
  return false;
}

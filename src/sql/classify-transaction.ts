import type { Node, TransactionStmt } from 'libpg-query';
import { isOn, wordOf } from './options.ts';
import type { Trait } from './script/traits.ts';

export function classifyTransaction({ kind, options, chain }: TransactionStmt): Trait {
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return { kind: 'begin', begin: ['BEGIN', beginOptions(options)].filter(Boolean).join(' ') };
    case 'TRANS_STMT_COMMIT':
      return { kind: 'commit', chain: chain ?? false };
    case 'TRANS_STMT_SAVEPOINT':
    case 'TRANS_STMT_RELEASE':
    case 'TRANS_STMT_ROLLBACK_TO':
      return { kind: 'savepoint' };
    default:
      return { kind: 'rollback' };
  }
}

function beginOptions(options: readonly Node[] | undefined): string {
  return (options ?? []).map(beginOption).join(', ');
}

function beginOption(option: Node): string {
  if (!('DefElem' in option)) return '';
  const { defname, arg } = option.DefElem;
  if (defname === 'transaction_isolation') return `ISOLATION LEVEL ${wordOf(arg).toUpperCase()}`;
  const on = isOn(option.DefElem, true);
  if (defname === 'transaction_read_only') return on ? 'READ ONLY' : 'READ WRITE';
  return on ? 'DEFERRABLE' : 'NOT DEFERRABLE';
}

import type { DefElem, Node } from 'libpg-query';

export function findOption(options: readonly Node[] | undefined, name: string): DefElem | undefined {
  for (const option of options ?? []) if ('DefElem' in option && option.DefElem.defname === name) return option.DefElem;
  return undefined;
}

/** As PostgreSQL's defGetBoolean reads it: a bare name is on. */
export function isOn(option: DefElem | undefined, whenAbsent: boolean): boolean {
  if (!option) return whenAbsent;
  return option.arg ? !['false', 'off', 'no', '0', ''].includes(wordOf(option.arg).toLowerCase()) : true;
}

/** The text of a string, number, boolean or bare word. */
export function wordOf(node: Node | undefined): string {
  if (!node) return '';
  if ('String' in node) return node.String.sval ?? '';
  if ('Integer' in node) return String(node.Integer.ival ?? 0);
  if ('Boolean' in node) return String(node.Boolean.boolval ?? false);
  if ('TypeName' in node) return wordOf(node.TypeName.names?.at(-1));
  if ('A_Const' in node) return wordOfConstant(node.A_Const);
  return '';
}

function wordOfConstant(constant: Extract<Node, { A_Const: unknown }>['A_Const']): string {
  if (constant.sval) return constant.sval.sval ?? '';
  if (constant.ival) return String(constant.ival.ival ?? 0);
  if (constant.boolval) return String(constant.boolval.boolval ?? false);
  return '';
}

import { tokenEnd } from '../../sql/text/tokens.ts';
import { DOUBLE_QUOTE, isWordStart, skipBlank } from '../../sql/text/whitespace.ts';
import type { Hit, Rule } from '../rule/rule.ts';

const LONGEST = 63;

export const rule: Rule = {
  id: 'identifier-too-long',
  class: 'correctness',
  title: 'A name of more than 63 bytes',
  why: 'PostgreSQL cuts it with a mere notice: the object has another name than the file says, and two such names may be one',
  bad: `CREATE TABLE ${'long_'.repeat(13)}name (id bigint);`,
  good: 'CREATE TABLE short_name (id bigint);',
  same: { squawk: 'identifier-too-long' },
  check: ({ text }) => {
    // Nearly no statement has as long a word.
    if (!/[^\s(),;.=]{64}/.test(text)) return [];
    const hits: Hit[] = [];
    for (let at = skipBlank(text, 0); at < text.length; ) {
      const end = tokenEnd(text, at);
      const isName = text.charCodeAt(at) === DOUBLE_QUOTE || isWordStart(text.charCodeAt(at));
      const name = isName && end - at > LONGEST ? text.slice(at, end).replace(/^"|"$/g, '') : '';
      if (Buffer.byteLength(name) > LONGEST)
        hits.push({ what: `${name} has ${Buffer.byteLength(name)} bytes and is cut to ${LONGEST}`, next: 'give it a shorter name' });
      at = skipBlank(text, end);
    }
    return hits;
  },
};

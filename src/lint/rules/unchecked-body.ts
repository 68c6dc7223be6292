import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'unchecked-body',
  class: 'correctness',
  on: ['DoStmt'],
  severity: 'info',
  title: 'SQL that a DO block or a function puts together',
  why: 'what EXECUTE runs is known only when it runs, so no rule has looked at it',
  bad: "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE 'ANALYZE ' || t; END LOOP; END $$;",
  good: "DO $$ BEGIN EXECUTE 'ANALYZE'; END $$;",
  check: ({ node, body }) =>
    body !== undefined && 'DoStmt' in node
      ? [{ what: `EXECUTE runs what cannot be read here, in ${body}`, next: 'npm run migrate:rehearse -- --load   shows what it locks' }]
      : [],
};

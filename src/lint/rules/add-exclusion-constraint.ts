import { addedConstraints } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'add-exclusion-constraint',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new EXCLUDE constraint',
  why: 'its index is built under ACCESS EXCLUSIVE, and it has neither NOT VALID nor USING INDEX',
  given: 'CREATE TABLE bookings (room integer, during tsrange);',
  bad: 'ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);',
  good: 'CREATE TABLE bookings_next (room integer, during tsrange, EXCLUDE USING gist (during WITH &&));',
  same: { strongMigrations: 'add_exclusion_constraint' },
  check: (site) =>
    addedConstraints(site, 'CONSTR_EXCLUSION').map(({ table, on }) => ({
      what: `This constraint on ${on} builds its index while nobody can use the table`,
      table,
      next: `there is no online form: make a table that has it from the start and move the rows, or take a moment in which ${on} may stand still and say -- lint-allow add-exclusion-constraint: why`,
    })),
};

import type { Rehearse } from '../../src/journeys/rehearse.ts';
import type { Rehearsal } from '../../src/model/rehearsal.ts';
import type { ServerUnderTest } from '../support/database.ts';
import { createProject, pair, type Tree } from '../support/project.ts';
import { urlOf } from './from-stage.ts';

export const USERS = pair(
  '001_users',
  'CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, mail text UNIQUE);',
  'DROP TABLE users;',
);

/** A project, and its rehearsal on the server of the test. */
export const stageOn =
  (freshDatabase: ServerUnderTest['freshDatabase']) =>
  async (tree: Tree, settings = {}) => {
    const database = await freshDatabase();
    const project = await createProject(database, tree, settings);
    const play = (wish: Partial<Rehearse> = {}) => project.rehearse({ variables: { SCRATCH_URL: urlOf(database) }, ...wish });
    return { project, database, play };
  };

export const findingsOf = ({ proofs }: Rehearsal): readonly string[] =>
  proofs.flatMap(({ name, findings }) => findings.map(({ code }) => `${name} ${code}`));

import { type BaseEnvironment, ENVIRONMENTS, type Environment, type Project } from '../model/environment.ts';
import { completePolicy, DEFAULT_POLICIES, type PolicySettings } from '../model/policy.ts';
import { verifySettings } from './verify-settings.ts';

type OwnSettings = PolicySettings & { readonly basedOn: BaseEnvironment };

/** What a knexfile may say about each environment, and which others there are. Whatever is left out keeps its default. */
export type ProjectSettings = {
  readonly root: string;
  readonly environments?: Readonly<Record<string, OwnSettings>>;
} & Project['history'] & {
    readonly [name in BaseEnvironment]?: PolicySettings;
  };

/** Parses what the knexfile says into a project. @throws LockstepError (exit 2) for a setting that means nothing */
export function defineProject(settings: ProjectSettings): Project {
  verifySettings(settings);
  const { root, tableName, schemaName, environments = {} } = settings;
  const bases = ENVIRONMENTS.map((name) => baseEnvironment(name, settings[name]));
  const own = Object.entries(environments).flatMap(([name, { basedOn, ...said }]) =>
    bases
      .filter((base) => base.name === basedOn)
      .map(({ policy }): Environment => ({ name, basedOn, policy: completePolicy(policy, said), said })),
  );
  return {
    root,
    history: { ...(tableName !== undefined && { tableName }), ...(schemaName !== undefined && { schemaName }) },
    environments: [...bases, ...own],
    connections: {},
  };
}

const baseEnvironment = (name: BaseEnvironment, said: PolicySettings = {}): Environment => ({
  name,
  basedOn: name,
  policy: completePolicy(DEFAULT_POLICIES[name], said),
  said,
});

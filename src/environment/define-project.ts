import { ENVIRONMENTS, type EnvironmentName, type Project } from '../model/environment.ts';
import { completePolicy, DEFAULT_POLICIES, type PolicySettings } from '../model/policy.ts';
import { verifySettings } from './verify-settings.ts';

/** What a knexfile may say about each environment. Whatever is left out keeps its default. */
export type ProjectSettings = { readonly root: string } & Project['history'] & { readonly [name in EnvironmentName]?: PolicySettings };

/** Parses what the knexfile says into a project. @throws LockstepError (exit 2) for a setting that means nothing */
export function defineProject(settings: ProjectSettings): Project {
  verifySettings(settings);
  const { tableName, schemaName } = settings;
  const policies = ENVIRONMENTS.map((name) => [name, completePolicy(DEFAULT_POLICIES[name], settings[name] ?? {})]);
  const said = ENVIRONMENTS.map((name) => [name, settings[name] ?? {}]);
  return {
    root: settings.root,
    history: { ...(tableName !== undefined && { tableName }), ...(schemaName !== undefined && { schemaName }) },
    policies: Object.fromEntries(policies) as Project['policies'],
    said: Object.fromEntries(said) as Project['said'],
  };
}

import { DEFAULT_POLICIES, ENVIRONMENTS, type EnvironmentName, type Policy, type Project } from '../model/environment.ts';

/** What a knexfile may say about each environment. Whatever is left out keeps its default. */
export type ProjectSettings = { readonly root: string } & { readonly [name in EnvironmentName]?: Partial<Policy> };

/** Parses what the knexfile says into a project. */
export function defineProject(settings: ProjectSettings): Project {
  const policies = ENVIRONMENTS.map((name) => [name, { ...DEFAULT_POLICIES[name], ...settings[name] }]);
  return { root: settings.root, policies: Object.fromEntries(policies) as Project['policies'] };
}

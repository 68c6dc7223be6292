import { attempt } from '../model/attempt.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where a repository can be looked at, and in whose words. */
export interface RepositoryHost {
  /** `https://github.com/acme/shop` */
  readonly url: string;
  readonly kind: 'github' | 'gitlab';
}

const SCP = /^(?:[^@/\s]+@)?([\w.-]+):(?!\/\/)\/?(.+)$/;

interface Address {
  readonly origin: string;
  readonly host: string;
  readonly path: string;
}

/** Without user, password and query; the port of SSH is not that of the pages. */
function readAddress(remote: string): Address | undefined {
  const [, scpHost, scpPath] = SCP.exec(remote) ?? [];
  const url = attempt(() => new URL(scpHost && scpPath ? `ssh://${scpHost}/${scpPath}` : remote));
  if (!url || !/^(?:https?|ssh|git|git\+ssh):$/.test(url.protocol) || url.hostname === '') return undefined;
  // GitHub and GitLab answer SSH at another name too, at the port of HTTPS.
  const host = url.hostname.replace(/^(?:alt)?ssh\.(?=git(?:hub|lab)\.com$)/, '');
  const isWeb = /^https?:$/.test(url.protocol);
  return {
    origin: isWeb ? `${url.protocol}//${url.host}` : `https://${host}`,
    host,
    path: url.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, ''),
  };
}

const hostOf = (url: string | undefined): string | undefined => attempt(() => new URL(url ?? '').hostname);

/** By its name; a host of one's own by what its CI jobs say of it. */
function kindOf(host: string, variables: Variables): RepositoryHost['kind'] | undefined {
  if (/(?:^|[.-])github(?:[.-]|$)/.test(host) || host === hostOf(variables['GITHUB_SERVER_URL'])) return 'github';
  if (/(?:^|[.-])gitlab(?:[.-]|$)/.test(host) || host === hostOf(variables['CI_SERVER_URL'])) return 'gitlab';
  return undefined;
}

/** Reads a remote's URL, in the form of HTTPS, SSH or scp. @returns undefined for a folder, and for a host that is neither GitHub nor GitLab */
export function readRepositoryHost(remote: string, variables: Variables): RepositoryHost | undefined {
  const { origin, host, path } = readAddress(remote.trim()) ?? {};
  const kind = host?.includes('.') ? kindOf(host, variables) : undefined;
  return kind && path?.includes('/') ? { url: `${origin}/${path}`, kind } : undefined;
}

const between = { github: '', gitlab: '/-' } as const;

export const commitUrl = ({ url, kind }: RepositoryHost, hash: string): string => `${url}${between[kind]}/commit/${hash}`;

/** @param file from the repository's root */
export function fileUrl(
  { url, kind }: RepositoryHost,
  hash: string,
  { file, line }: { readonly file: string; readonly line?: number },
): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${url}${between[kind]}/blob/${hash}/${path}${line === undefined ? '' : `#L${line}`}`;
}

import type { HashDialect } from '@shared/domain/compose/model';

/** Where a compose plugin may be, in the order the docker command looks. Pure. */
export function pluginPaths(platform: NodeJS.Platform, homeDir: string, environment: { readonly [name: string]: string | undefined }): readonly string[] {
  if (platform === 'win32') {
    const programFiles = environment['ProgramFiles'] ?? 'C:\\Program Files';
    return [`${homeDir}\\.docker\\cli-plugins\\docker-compose.exe`, `${programFiles}\\Docker\\cli-plugins\\docker-compose.exe`, `${programFiles}\\Docker\\Docker\\resources\\cli-plugins\\docker-compose.exe`];
  }
  const config = environment['DOCKER_CONFIG'] ?? `${homeDir}/.docker`;
  return [
    `${config}/cli-plugins/docker-compose`,
    '/usr/local/lib/docker/cli-plugins/docker-compose',
    '/usr/local/libexec/docker/cli-plugins/docker-compose',
    '/usr/lib/docker/cli-plugins/docker-compose',
    '/usr/libexec/docker/cli-plugins/docker-compose',
    '/opt/homebrew/lib/docker/cli-plugins/docker-compose',
    '/Applications/Docker.app/Contents/Resources/cli-plugins/docker-compose',
  ];
}

/** The first of the 2.x versions with the order of keys that all later ones have. */
const REORDERED_MINOR = 36;

/** The config-hash dialect of a compose version: 5.x and later write v5, 2.36 and later v2, older ones v2.35. Null for what is no version. */
export function dialectOfVersion(version: string): HashDialect | null {
  const found = /^v?(\d+)\.(\d+)/.exec(version.trim());
  if (found === null) return null;
  const [, major, minor] = found.map(Number);
  if ((major ?? 0) >= 5) return 'v5';
  return (major ?? 0) > 2 || (minor ?? 0) >= REORDERED_MINOR ? 'v2' : 'v2.35';
}

/**
 * The dialect of the installed compose command, so that it finds nothing to recreate in what Berth made; v5 where
 * none is installed. Only asks for its version: Berth never drives it.
 */
export async function installedDialect(parts: {
  readonly paths: readonly string[];
  readonly exists: (path: string) => Promise<boolean>;
  readonly version: (path: string) => Promise<string>;
}): Promise<HashDialect> {
  for (const path of parts.paths) {
    if (!(await parts.exists(path))) continue;
    const dialect = dialectOfVersion(await parts.version(path).catch(() => ''));
    if (dialect !== null) return dialect;
  }
  return 'v5';
}

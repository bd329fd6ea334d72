/** A docker CLI context, as ~/.docker/contexts/meta/<digest>/meta.json describes it. */
export interface DockerContext {
  readonly name: string;
  readonly host: string;
}

/** What the list of places is made from. `homeDir` and paths use the separators of the platform. */
export interface CandidateInput {
  readonly env: { readonly [name: string]: string | undefined };
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly homeDir: string;
  /** Numeric user id; undefined where there is none (Windows). */
  readonly userId: number | undefined;
  readonly contexts: readonly DockerContext[];
  /** `currentContext` of ~/.docker/config.json; undefined when it names none. */
  readonly currentContext: string | undefined;
}

/** One place to look for an engine. */
export interface EngineCandidate {
  readonly uri: string;
  readonly origin: string;
}

const WINDOWS_PIPES: readonly (readonly [name: string, origin: string])[] = [
  ['docker_engine', 'default pipe'],
  ['dockerDesktopLinuxEngine', 'Docker Desktop'],
  ['docker_engine_linux', 'Docker Desktop'],
  ['podman-machine-default', 'Podman'],
];

function unixPlaces(input: CandidateInput): readonly (readonly [path: string, origin: string])[] {
  const home = input.homeDir;
  const runtime = input.env['XDG_RUNTIME_DIR'] ?? (input.userId === undefined ? undefined : `/run/user/${input.userId}`);
  const linux = input.platform === 'linux';
  const places: (readonly [string, string])[] = [['/var/run/docker.sock', 'default socket']];
  if (linux && runtime !== undefined) places.push([`${runtime}/docker.sock`, 'rootless socket']);
  if (linux) places.push([`${home}/.docker/run/docker.sock`, 'rootless socket'], [`${home}/.docker/desktop/docker.sock`, 'Docker Desktop']);
  else places.push([`${home}/.docker/run/docker.sock`, 'Docker Desktop'], [`${home}/.docker/desktop/docker.sock`, 'Docker Desktop']);
  places.push(
    [`${input.env['COLIMA_HOME'] ?? `${home}/.colima`}/default/docker.sock`, 'Colima'],
    [`${home}/.config/colima/default/docker.sock`, 'Colima'],
    [`${home}/.colima/docker.sock`, 'Colima'],
    [`${home}/.rd/docker.sock`, 'Rancher Desktop'],
    [`${home}/.orbstack/run/docker.sock`, 'OrbStack'],
  );
  if (linux && runtime !== undefined) places.push([`${runtime}/podman/podman.sock`, 'Podman']);
  if (linux) places.push(['/run/podman/podman.sock', 'Podman']);
  places.push(
    [`${home}/.local/share/containers/podman/machine/podman.sock`, 'Podman'],
    [`${home}/.local/share/containers/podman/machine/qemu/podman.sock`, 'Podman'],
  );
  return places;
}

/**
 * Where an engine may be, best first. What the user named comes alone (DOCKER_HOST, then DOCKER_CONTEXT): falling
 * back to another engine than the named one would show, and change, the wrong containers.
 */
export function engineCandidates(input: CandidateInput): readonly EngineCandidate[] {
  const named = (input.env['DOCKER_HOST'] ?? '').trim();
  if (named !== '') return [{ uri: named.includes('://') ? named : `tcp://${named}`, origin: 'DOCKER_HOST' }];

  const contextName = (input.env['DOCKER_CONTEXT'] ?? '').trim();
  const wanted = contextName !== '' ? contextName : (input.currentContext ?? '');
  const context = input.contexts.find((item) => item.name === wanted);
  if (contextName !== '' && contextName !== 'default') {
    return [{ uri: context?.host ?? `context://${contextName}`, origin: `context ${contextName}` }];
  }

  const candidates: EngineCandidate[] = [];
  if (context !== undefined && wanted !== 'default') candidates.push({ uri: context.host, origin: `context ${context.name}` });
  if (input.platform === 'win32') for (const [name, origin] of WINDOWS_PIPES) candidates.push({ uri: `npipe:////./pipe/${name}`, origin });
  else for (const [path, origin] of unixPlaces(input)) candidates.push({ uri: `unix://${path}`, origin });

  const seen = new Set<string>();
  return candidates.filter((candidate) => !seen.has(candidate.uri) && seen.add(candidate.uri));
}

/** How an address is reached. `unsupported` carries one plain sentence and what to do. */
export type EngineAddress =
  | { readonly kind: 'socket'; readonly socketPath: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean }
  | { readonly kind: 'unsupported'; readonly message: string; readonly hint: string };

/** Reads unix://, npipe://, tcp://, http:// and https:// addresses. */
export function engineAddress(uri: string, tlsVerify: boolean): EngineAddress {
  if (uri.startsWith('unix://')) return { kind: 'socket', socketPath: uri.slice('unix://'.length) || '/var/run/docker.sock' };
  if (uri.startsWith('npipe://')) return { kind: 'socket', socketPath: uri.slice('npipe://'.length).replaceAll('\\', '/') || '//./pipe/docker_engine' };
  if (uri.startsWith('ssh://')) {
    return {
      kind: 'unsupported',
      message: `Berth does not connect to Docker over SSH (${uri}).`,
      hint: 'Forward the socket, for example `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock user@host`, and set DOCKER_HOST=unix:///tmp/docker.sock.',
    };
  }
  if (uri.startsWith('context://')) {
    return {
      kind: 'unsupported',
      message: `There is no docker context named "${uri.slice('context://'.length)}".`,
      hint: '`docker context ls` lists the contexts there are; unset DOCKER_CONTEXT to use the default one.',
    };
  }
  const match = /^(tcp|http|https):\/\/(\[[0-9a-fA-F:.]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/?$/.exec(uri);
  if (match === null) {
    return { kind: 'unsupported', message: `"${uri}" is not an address of a Docker engine.`, hint: 'Addresses look like unix:///var/run/docker.sock or tcp://127.0.0.1:2375.' };
  }
  const tls = match[1] === 'https' || tlsVerify || match[3] === '2376';
  return { kind: 'tcp', host: (match[2] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[3] ?? (tls ? 2376 : 2375)), tls };
}

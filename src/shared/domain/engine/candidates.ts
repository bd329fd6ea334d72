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
  /** What the user chose in Berth, by name or address; empty: the first that answers. */
  readonly chosen?: string | undefined;
}

/** One place to look for an engine. */
export interface EngineCandidate {
  readonly uri: string;
  readonly origin: string;
}

/** A place with the name it is chosen by. */
export interface EnginePlace extends EngineCandidate {
  readonly name: string;
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

function usualPlaces(input: CandidateInput): readonly EngineCandidate[] {
  if (input.platform === 'win32') return WINDOWS_PIPES.map(([name, origin]) => ({ uri: `npipe:////./pipe/${name}`, origin }));
  return unixPlaces(input).map(([path, origin]) => ({ uri: `unix://${path}`, origin }));
}

function hostOfEnvironment(input: CandidateInput): string {
  const named = (input.env['DOCKER_HOST'] ?? '').trim();
  return named === '' || named.includes('://') ? named : `tcp://${named}`;
}

/** The variable that decides which engine is used, whatever is chosen in Berth; null where none is set. */
export function decidingVariable(input: Pick<CandidateInput, 'env'>): 'DOCKER_HOST' | 'DOCKER_CONTEXT' | null {
  if ((input.env['DOCKER_HOST'] ?? '').trim() !== '') return 'DOCKER_HOST';
  const context = (input.env['DOCKER_CONTEXT'] ?? '').trim();
  return context !== '' && context !== 'default' ? 'DOCKER_CONTEXT' : null;
}

/** Every place there is to choose from, each address once: what the environment names, the contexts of the docker command, the usual sockets. Names tell them apart. */
export function enginePlaces(input: CandidateInput): readonly EnginePlace[] {
  const host = hostOfEnvironment(input);
  const all: EnginePlace[] = [
    ...(host === '' ? [] : [{ uri: host, origin: 'DOCKER_HOST', name: 'DOCKER_HOST' }]),
    ...input.contexts.filter((context) => context.name !== 'default').map((context) => ({ uri: context.host, origin: `context ${context.name}`, name: context.name })),
    ...usualPlaces(input).map((place) => ({ ...place, name: place.origin.toLowerCase().replaceAll(' ', '-') })),
  ];
  const addresses = new Set<string>();
  const names = new Map<string, number>();
  return all
    .filter((place) => !addresses.has(place.uri) && addresses.add(place.uri))
    .map((place) => {
      const number = (names.get(place.name) ?? 0) + 1;
      names.set(place.name, number);
      return number === 1 ? place : { ...place, name: `${place.name}-${String(number)}` };
    });
}

/**
 * Where an engine may be, best first. What the user named comes alone (DOCKER_HOST, then DOCKER_CONTEXT, then what was chosen in Berth):
 * falling back to another engine than the named one would show, and change, the wrong containers.
 */
export function engineCandidates(input: CandidateInput): readonly EngineCandidate[] {
  const named = hostOfEnvironment(input);
  if (named !== '') return [{ uri: named, origin: 'DOCKER_HOST' }];

  const contextName = (input.env['DOCKER_CONTEXT'] ?? '').trim();
  const wanted = contextName !== '' ? contextName : (input.currentContext ?? '');
  const context = input.contexts.find((item) => item.name === wanted);
  if (contextName !== '' && contextName !== 'default') {
    return [{ uri: context?.host ?? `context://${contextName}`, origin: `context ${contextName}` }];
  }
  if (input.chosen !== undefined && input.chosen !== '') return [chosenPlace(input, input.chosen)];

  const candidates: EngineCandidate[] = [];
  if (context !== undefined && wanted !== 'default') candidates.push({ uri: context.host, origin: `context ${context.name}` });
  candidates.push(...usualPlaces(input));

  const seen = new Set<string>();
  return candidates.filter((candidate) => !seen.has(candidate.uri) && seen.add(candidate.uri));
}

function chosenPlace(input: CandidateInput, chosen: string): EngineCandidate {
  const place = enginePlaces(input).find((one) => one.name === chosen || one.uri === chosen);
  if (place !== undefined) return { uri: place.uri, origin: place.origin };
  return { uri: chosen.includes('://') ? chosen : `chosen://${chosen}`, origin: 'chosen in Berth' };
}

/** True for a socket, a pipe, or a port of this machine. */
export function isLocalAddress(uri: string): boolean {
  const address = engineAddress(uri, false);
  return address.kind === 'socket' || (address.kind === 'tcp' && (address.host === 'localhost' || address.host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(address.host)));
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
  if (uri.startsWith('chosen://')) {
    return {
      kind: 'unsupported',
      message: `The engine “${uri.slice('chosen://'.length)}” that was chosen is not in the list of engines any more.`,
      hint: '`berth engine list` shows what there is; `berth engine use automatic` takes the first that answers.',
    };
  }
  const match = /^(tcp|http|https):\/\/(\[[0-9a-fA-F:.]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/?$/.exec(uri);
  if (match === null) {
    return { kind: 'unsupported', message: `"${uri}" is not an address of a Docker engine.`, hint: 'Addresses look like unix:///var/run/docker.sock or tcp://127.0.0.1:2375.' };
  }
  const tls = match[1] === 'https' || tlsVerify || match[3] === '2376';
  return { kind: 'tcp', host: (match[2] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[3] ?? (tls ? 2376 : 2375)), tls };
}

import type { YamlEdit } from '../yaml/edit-yaml';
import type { YamlValue } from '../yaml/write-yaml';

/** Where the files of guests lie, relative to the folder of the copy: nothing of a project is called so. */
export const GUEST_FOLDER = 'berth-robustness';
/** Inside a guest: what its build copied. */
export const GUEST_BAKED = '/srv/baked';

const STAYS = "trap 'exit 0' TERM; sleep 100000 & wait";
const SERVES = "trap 'exit 0' TERM; httpd -f -p 8080 -h /srv & wait";

/** A small service of the run's own: it is added to the copy where a point needs a service that the project does not have. */
export interface Guest {
  readonly name: string;
  /** What it runs from, or what it is built on when `context` is set. */
  readonly image: string;
  /** Build folder, relative to the folder of the copy. */
  readonly context?: string | undefined;
  readonly mounts?: readonly { readonly source: string; readonly target: string }[] | undefined;
  readonly ports?: readonly { readonly host: number }[] | undefined;
  readonly environment?: { readonly [name: string]: string } | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  /** It never gets healthy: whatever waits for it goes on waiting. */
  readonly neverHealthy?: boolean | undefined;
}

/** A name that no service of the project has. */
export function guestName(taken: { readonly [service: string]: unknown }, wish: string): string {
  let name = `berth-${wish}`;
  while (Object.hasOwn(taken, name)) name = `${name}-2`;
  return name;
}

/** The guest as a compose file says it. */
export function guestService(guest: Guest): YamlValue {
  const { context, mounts = [], ports = [], environment, dependsOn = [] } = guest;
  return {
    ...(context === undefined ? { image: guest.image } : { build: { context: `./${context}` } }),
    entrypoint: ['/bin/sh', '-c'],
    command: [ports.length === 0 ? STAYS : SERVES],
    ...(environment === undefined ? {} : { environment }),
    ...(ports.length === 0 ? {} : { ports: ports.map(({ host }) => `127.0.0.1:${String(host)}:8080`) }),
    ...(mounts.length === 0 ? {} : { volumes: mounts.map(({ source, target }) => `./${source}:${target}:ro`) }),
    ...(dependsOn.length === 0 ? {} : { depends_on: dependsOn }),
    healthcheck: guest.neverHealthy === true ? { test: ['CMD', 'false'], interval: '1s', timeout: '2s', retries: 1000, start_period: '1h' } : { test: ['CMD', 'true'], interval: '500ms', timeout: '5s', retries: 10 },
    stop_grace_period: '3s',
  };
}

/** What a guest is built from: everything in its folder is copied. */
export function guestDockerfile(image: string): string {
  return `FROM ${image}\nCOPY . ${GUEST_BAKED}/\n`;
}

/** The edits of one compose file that add these guests. */
export function guestEdits(guests: readonly Guest[]): readonly YamlEdit[] {
  return guests.map((guest) => ({ kind: 'set', path: ['services', guest.name], value: guestService(guest) }));
}

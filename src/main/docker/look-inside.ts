import { randomBytes } from 'node:crypto';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import type { Door } from './door';
import { logTail } from './logs';

const HELPER_MS = 20_000;

/**
 * `<device>:<inode>` of what a container has at these places, seen by a helper that shares its processes and nothing
 * else: no network, nothing writable, no rights beyond the usual. Places it may not see are left out.
 */
export async function lookInside(door: Door, id: string, image: string, targets: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const authorization = door.onBehalfOf;
  const created = await door.send({
    method: 'POST',
    path: '/containers/create',
    query: { name: `berth-look-${randomBytes(6).toString('hex')}` },
    body: {
      Image: image,
      Cmd: ['inode', ...targets.map((target) => `/proc/1/root${target}`)],
      Labels: { 'dev.berth.project': authorization?.projectName ?? '', [COMPOSE_LABELS.workingDir]: authorization?.projectDir ?? '' },
      HostConfig: { PidMode: `container:${id}`, NetworkMode: 'none', ReadonlyRootfs: true, LogConfig: { Type: 'json-file', Config: {} } },
    },
    doing: 'look into the container',
  });
  const helper = textOf(fieldOf(created.body, 'Id'));
  door.authorizer.noteContainer(helper);
  try {
    await door.send({ method: 'POST', path: `/containers/${helper}/start`, doing: 'look into the container' });
    await door.send({ method: 'POST', path: `/containers/${helper}/wait`, query: { condition: 'not-running' }, doing: 'look into the container', deadlineMs: HELPER_MS });
    const lines = await logTail(door, helper, targets.length * 2);
    return new Map(lines.flatMap((line) => placeOf(line.text)));
  } finally {
    await door.send({ method: 'DELETE', path: `/containers/${helper}`, query: { force: true, v: true }, doing: 'remove the helper' }).catch(() => undefined);
  }
}

/** `<device> <inode> <type> /proc/1/root<path>`, as resources/helper/README.md says. */
function placeOf(line: string): readonly (readonly [string, string])[] {
  const match = /^(\d+) (\d+) [a-z ]+ \/proc\/1\/root(\/.*)$/.exec(line);
  return match === null ? [] : [[match[3] ?? '', `${match[1] ?? ''}:${match[2] ?? ''}`]];
}

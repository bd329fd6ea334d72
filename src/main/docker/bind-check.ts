import { hostname, release } from 'node:os';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { fieldOf, listOf, numberOf, textMapOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import { bindSource } from '../platform/bind-source';
import { heldBy } from '../platform/mount-look';
import type { Door } from './door';
import { lookInside } from './look-inside';
import { containerPath } from './observe';
import type { Transport } from './transport';
import type { BindAlarm, BindCheck } from './types';

const LOOK_MS = 2_000;

/** One bind of a container that is about to start, and what stood at its source just before. */
interface ExpectedBind {
  readonly source: string;
  readonly target: string;
  readonly identity: string;
}

/** What is expected of a container's binds. `total` counts those as well of which nothing is known. */
export interface BindExpectation {
  readonly id: string;
  readonly service: string;
  readonly binds: readonly ExpectedBind[];
  readonly total: number;
  /** The engine runs on another kernel than this process: nothing can be compared. */
  readonly elsewhere: boolean;
}

/** How the checks look into containers; tests put other eyes in. */
export interface BindCheckOptions {
  /** `<device>:<inode>` of what a process has at these places, as far as this process may see it. */
  readonly held: (pid: number, targets: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** The helper image's name; null where there is none. Never makes one: a start must not wait for that. */
  readonly helperImage: () => Promise<string | null>;
  readonly onAlarm: (alarm: BindAlarm) => void;
}

/** Through /proc, where this process may: on Linux, as root or for containers of its own user. */
export async function heldHere(pid: number, targets: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>();
  for (const [target, look] of await heldBy(pid, targets)) if (look.known && look.identity !== null) held.set(target, look.identity);
  return held;
}

/**
 * A bind source can be swapped for a link between the moment it is judged and the moment the engine mounts it, and the
 * engine goes on naming the harmless path. So what stands at the source is noted just before each start, and compared
 * with what the container has once it runs.
 */
export class BindChecker {
  /** Looks through the helper that are still under way. */
  private readonly pending = new Set<Promise<void>>();
  private readonly kernels = new WeakMap<Transport, boolean>();

  constructor(private readonly options: BindCheckOptions) {}

  /** What the binds should be. Rejects with `trust-required` when a source by now leads somewhere nobody agreed to. */
  async before(door: Door, id: string): Promise<BindExpectation | null> {
    const authorization = door.onBehalfOf;
    if (authorization === null) return null;
    const body = await door.read(`${containerPath(id)}/json`, 'look at the container');
    const service = textMapOf(fieldOf(body, 'Config', 'Labels'))[COMPOSE_LABELS.service] ?? '';
    const mounts = listOf(fieldOf(body, 'Mounts')).filter((mount) => textOf(fieldOf(mount, 'Type')) === 'bind');
    const expectation = { id: textOf(fieldOf(body, 'Id')), service, total: mounts.length };
    if (mounts.length === 0 || !(await this.sharesKernel(door))) return { ...expectation, elsewhere: true, binds: [] };
    const binds = await Promise.all(
      mounts.map(async (mount): Promise<ExpectedBind | null> => {
        const source = textOf(fieldOf(mount, 'Source'));
        const found = await bindSource(source, LOOK_MS);
        if (found === null) return null;
        if (found.real !== source) door.authorizer.checkBind(service, { path: source, real: found.real, readOnly: fieldOf(mount, 'RW') === false }, authorization);
        return { source, target: textOf(fieldOf(mount, 'Destination')), identity: found.identity };
      }),
    );
    return { ...expectation, elsewhere: false, binds: binds.filter((bind) => bind !== null) };
  }

  /** Devices and inodes mean the same on both sides only where the engine runs on this very kernel, not in a machine of its own. */
  async sharesKernel(door: Door): Promise<boolean> {
    const transport = await door.transport();
    if (process.platform !== 'linux' || !transport.local) return false;
    const known = this.kernels.get(transport);
    if (known !== undefined) return known;
    const info = await door.read('/info', 'tell where the engine runs');
    const same = textOf(fieldOf(info, 'Name')) === hostname() && textOf(fieldOf(info, 'KernelVersion')) === release();
    this.kernels.set(transport, same);
    return same;
  }

  /** Compares. Stops the container and rejects with `policy-refused` when it has something else than was judged. */
  async after(door: Door, expected: BindExpectation | null): Promise<BindCheck> {
    if (expected === null || expected.total === 0) return { state: 'checked', reason: '' };
    if (expected.elsewhere) return { state: 'not-checked', reason: 'What the container really mounted was not checked: the engine runs elsewhere.' };
    const body = await door.read(`${containerPath(expected.id)}/json`, 'look at the container');
    const pid = numberOf(fieldOf(body, 'State', 'Pid'));
    if (fieldOf(body, 'State', 'Running') !== true || pid === 0) return { state: 'not-checked', reason: 'What the container really mounted was not checked: it ended at once.' };
    const held = await this.options.held(pid, expected.binds.map((bind) => bind.target));
    // What is known is compared now: a swap must not wait for the rest.
    const swapped = await this.swappedBind(expected, held);
    if (swapped !== null) throw await this.stopSwapped(door, expected, swapped);
    if (expected.binds.every((bind) => held.has(bind.target)) && expected.binds.length === expected.total) return { state: 'checked', reason: '' };
    const image = ['', 'private', 'shareable'].includes(textOf(fieldOf(body, 'HostConfig', 'PidMode'))) ? await this.options.helperImage().catch(() => null) : null;
    if (image === null) return { state: 'not-checked', reason: 'What the container really mounted was not checked: Berth may not look into it, and the helper image is not there.' };
    const look = this.throughHelper(door, expected, image).finally(() => this.pending.delete(look));
    this.pending.add(look);
    return { state: 'pending', reason: '' };
  }

  /** Resolves when no look is under way. */
  async settled(): Promise<void> {
    while (this.pending.size > 0) await Promise.all([...this.pending]);
  }

  private async throughHelper(door: Door, expected: BindExpectation, image: string): Promise<void> {
    const held = await lookInside(door, expected.id, image, expected.binds.map((bind) => bind.target)).catch(() => new Map<string, string>());
    const swapped = await this.swappedBind(expected, held);
    // Nobody waits for this look any more: the alarm says it.
    if (swapped !== null) await this.stopSwapped(door, expected, swapped);
    else if (expected.binds.length < expected.total || expected.binds.some((bind) => !held.has(bind.target))) this.unchecked(door, expected);
  }

  private unchecked(door: Door, { id, service }: BindExpectation): void {
    const projectDir = door.onBehalfOf?.projectDir ?? '';
    this.options.onAlarm({ kind: 'not-checked', projectDir, service, containerId: id, source: '', message: `What ${service} really mounted was not checked: Berth could not look into the container.` });
  }

  private async swappedBind(expected: BindExpectation, held: ReadonlyMap<string, string>): Promise<ExpectedBind | null> {
    for (const bind of expected.binds) {
      const has = held.get(bind.target);
      if (has === undefined || has === bind.identity) continue;
      // Saved anew by an editor in the meantime: still the file of that name, and no link.
      const now = await bindSource(bind.source, LOOK_MS);
      if (now === null || now.real !== bind.source || now.identity !== has) return bind;
    }
    return null;
  }

  private async stopSwapped(door: Door, { id, service }: BindExpectation, bind: ExpectedBind): Promise<AppError> {
    const path = containerPath(id);
    // First, and one after the other: the engine must not start it again by itself, it would mount the same once more.
    await door.send({ method: 'POST', path: `${path}/update`, body: { RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } }, doing: 'keep the container stopped' }).catch(() => undefined);
    const stopped = await door.send({ method: 'POST', path: `${path}/kill`, query: { signal: 'SIGKILL' }, doing: 'stop the container' }).then(
      () => true,
      (error: unknown) => error instanceof AppError && (error.code === 'not-found' || /is not running/i.test(error.message)),
    );
    const message = `${service || 'The container'} ${stopped ? 'was stopped' : 'must be stopped'}: ${bind.source} was swapped while it started, so ${bind.target} was something else than allowed.`;
    this.options.onAlarm({ kind: 'swapped', projectDir: door.onBehalfOf?.projectDir ?? '', service, containerId: id, source: bind.source, message });
    return new AppError('policy-refused', message, { hint: 'Find out what changes that folder, then start it again.', details: { source: bind.source, target: bind.target } });
  }
}

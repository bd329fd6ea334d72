import { measuredBytes, type EngineDisk } from '@shared/domain/engine/disk-use';
import { diskItems, diskTotals, type DiskItem } from '@shared/domain/monitor/disk-items';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { DiskUse } from './types';

/** So many records of the build cache go under one journaled intent. */
const CACHE_BATCH = 50;

export interface DiskDependencies {
  readonly engine: Pick<Engine, 'diskUse' | 'cleanUp'>;
  readonly projects: Pick<Projects, 'list'>;
  readonly clock: Clock;
}

interface Looked {
  readonly disk: EngineDisk;
  readonly items: readonly DiskItem[];
}

async function look(deps: DiskDependencies): Promise<Looked> {
  const [disk, projects] = await Promise.all([deps.engine.diskUse(), deps.projects.list()]);
  return { disk, items: diskItems(disk, projects.map((one) => one.name)) };
}

/** What the engine's disk holds and what of it could go. */
export async function showDisk(deps: DiskDependencies): Promise<DiskUse> {
  const { disk, items } = await look(deps);
  const totals = diskTotals(disk, items);
  return {
    at: new Date(deps.clock.now()).toISOString(),
    images: { ...totals.images },
    volumes: { ...totals.volumes },
    buildCache: { ...totals.buildCache },
    containers: { ...totals.containers },
    items: items.map((one) => ({ ...one })),
  };
}

/** The operation `disk.clean`: removes exactly the named items, each looked at again just before, and nothing else. */
export function diskCleanOperation(deps: DiskDependencies): OperationKind {
  return {
    kind: 'disk.clean',
    prepare(input) {
      const items = [...new Set(namesOf(input))];
      const wrong = items.find((one) => !/^(?:image:sha256:[0-9a-f]{64}|build-cache:[a-z0-9]{25}|volume:.+|container:.+)$/.test(one));
      if (wrong !== undefined) return Promise.reject(new AppError('input-invalid', `"${wrong}" is not an item of the disk.`, { hint: 'Take the ids from `berth disk show --json`.' }));
      return Promise.resolve({ items, dryRun: input['dryRun'] === true });
    },
    key: () => 'disk',
    title: (input) => `${input['dryRun'] === true ? 'Look at what removing' : 'Remove'} ${String(namesOf(input).length)} item${namesOf(input).length === 1 ? '' : 's'} from Docker's disk${input['dryRun'] === true ? ' would free' : ''}`,
    projectId: () => null,
    run: (context, input) => run(deps, context, input),
    // Nothing is removed before the commit, so there is nothing to bring back.
    rollback: () => Promise.resolve(),
    finish: (context, input) => clean(deps, context, namesOf(input), earlierWork(context.records)),
  };
}

function namesOf(input: JsonObject): readonly string[] {
  return Array.isArray(input['items']) ? input['items'].map(String) : [];
}

async function run(deps: DiskDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  if (input['dryRun'] !== true) {
    const bytes = measuredBytes(await deps.engine.diskUse());
    await context.note('disk.before', { bytes });
    await context.commit();
    return clean(deps, context, namesOf(input), { bytesBefore: bytes, tried: new Set() });
  }
  const { chosen, kept } = choose((await look(deps)).items, namesOf(input));
  return { operationId: context.operationId, removed: chosen.map((one) => one.id), freedBytes: chosen.reduce((sum, one) => sum + one.sizeBytes, 0), kept };
}

/** Which of the named items may go now, and why the others stay. */
function choose(items: readonly DiskItem[], names: readonly string[]): { readonly chosen: readonly DiskItem[]; readonly kept: string[] } {
  const known = new Map(items.map((one) => [one.id, one]));
  const chosen: DiskItem[] = [];
  const kept: string[] = [];
  for (const name of names) {
    const item = known.get(name);
    if (item === undefined) kept.push(`${name}: it is not there any more.`);
    else if (item.removable) chosen.push(item);
    else kept.push(`${name}: ${WHY_KEPT[item.kind]}`);
  }
  return { chosen, kept };
}

const WHY_KEPT: { readonly [K in DiskItem['kind']]: string } = {
  image: 'it is in use, or it was not built for a project that is open here.',
  'build-cache': 'it is in use by a build, an image or the builder itself.',
  volume: 'volumes hold data, so a clean-up never removes them.',
  container: 'a clean-up never removes containers.',
};

const withoutKind = (item: DiskItem): string => item.id.slice(item.kind.length + 1);

/** What was done before, for the one that ends a clean-up after a crash. */
interface EarlierWork {
  readonly bytesBefore: number | null;
  /** Items whose removal was begun: when they are gone, it was this clean-up. */
  readonly tried: ReadonlySet<string>;
}

function earlierWork(records: readonly EffectRecord[]): EarlierWork {
  const before = records.find((one) => one.name === 'disk.before')?.intent['bytes'];
  const images = records.filter((one) => one.name === 'disk.remove-image').map((one) => `image:${String(one.intent['id'])}`);
  const caches = records.filter((one) => one.name === 'disk.remove-build-cache').flatMap(({ intent }) => (Array.isArray(intent['ids']) ? intent['ids'].map((id) => `build-cache:${String(id)}`) : []));
  return { bytesBefore: typeof before === 'number' ? before : null, tried: new Set([...images, ...caches]) };
}

async function clean(deps: DiskDependencies, context: OperationContext | RecoveryContext, names: readonly string[], earlier: EarlierWork): Promise<Json> {
  const before = await look(deps);
  const goneByUs = names.filter((name) => earlier.tried.has(name) && !before.items.some((one) => one.id === name));
  const { chosen, kept } = choose(before.items, names.filter((name) => !goneByUs.includes(name)));
  const images = chosen.filter((one) => one.kind === 'image');
  const caches = chosen.filter((one) => one.kind === 'build-cache');
  const cleanUp = deps.engine.cleanUp({ imageIds: images.map(withoutKind), buildCacheIds: caches.map(withoutKind) });
  const removed: string[] = [...goneByUs];
  context.progress({ step: 0, of: chosen.length, message: 'Removing what was chosen' });
  for (const image of images) {
    const id = withoutKind(image);
    const names = before.disk.images.find((one) => one.id === id)?.tags ?? [];
    try {
      await context.effect('disk.remove-image', { id, names: [...names] }, async () => (await cleanUp.removeImage(id, names), null));
      removed.push(image.id);
    } catch (error) {
      // Somebody came to use it, or took it away, since it was looked at: that is theirs, and the others still go.
      if (!(error instanceof AppError) || (error.code !== 'engine-refused' && error.code !== 'not-found')) throw error;
      kept.push(`${image.id}: ${error.message}`);
    }
    context.progress({ step: removed.length });
  }
  // The newest first: older records are what newer ones build on.
  const ordered = [...caches].sort((left, right) => (left.createdAt < right.createdAt ? 1 : -1));
  const gone = new Set<string>();
  for (let from = 0; from < ordered.length; from += CACHE_BATCH) {
    const ids = ordered.slice(from, from + CACHE_BATCH).map(withoutKind);
    for (const id of await context.effect('disk.remove-build-cache', { ids }, async () => [...(await cleanUp.removeBuildCache(ids))])) gone.add(id);
    context.progress({ step: removed.length + gone.size });
  }
  for (const cache of caches) {
    if (gone.has(withoutKind(cache))) removed.push(cache.id);
    else kept.push(`${cache.id}: other build cache builds on it.`);
  }
  for (const line of kept) context.log(line);
  const freedBytes = Math.max(0, (earlier.bytesBefore ?? measuredBytes(before.disk)) - measuredBytes(await deps.engine.diskUse()));
  return { operationId: context.operationId, removed, freedBytes, kept };
}

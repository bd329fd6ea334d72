import { randomBytes } from 'node:crypto';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import type { StorageOwner } from '@shared/domain/storage/mount-payload';
import type { OutputOf } from '@shared/contract/contract';
import { AppError, errorData } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { S3Door } from '@main/platform/s3/types';
import { DATA_ROOT, dataSources, FOLDER_MODE, FOLDER_OWNER, neededFolders } from './data-folders';
import { runInside } from './mount-rc';
import { findStorageContainer } from './named-container';
import { runOneShot, type OneShotResult } from './one-shot';
import type { Mounts, S3Server, StepContext, StorageImages } from './types';

/** What testing storage needs. */
export interface ValidateDependencies {
  readonly engine: Engine;
  readonly images: StorageImages;
  readonly s3: Pick<S3Server, 'door' | 'headBucket'>;
  readonly mounts: Pick<Mounts, 'settled' | 'refresh'>;
  /** The image of the container for tests, where it is here. */
  readonly validatorImage: () => Promise<string>;
}

export type StorageTest = OutputOf<'storage.validate'>['tests'][number];
export type ValidateWhat = 'all' | 'efs' | 's3' | 'mounts';

/** The test of the data folder, word for word as deployments have it. */
export const EFS_COMMAND = "echo 'EFS Test...' && mkdir -p /mnt/efs/test && echo 'Hello!' > /mnt/efs/test/test.txt && cat /mnt/efs/test/test.txt";
const PROBE_BYTES = 100 * 1024 * 1024;
const READ_BACK = `file=${DATA_ROOT}/test/.berth-probe-$1
written=$(head -c ${String(PROBE_BYTES)} /dev/urandom | tee "$file" | sha256sum)
read=$(sha256sum < "$file")
size=$(wc -c < "$file")
rm -f "$file" || exit 1
echo "$size bytes, sha256 \${read%% *}"
[ "$written" = "$read" ] && [ "$size" = ${String(PROBE_BYTES)} ]`;
const OWNERS = `for folder; do stat -c '%u:%g %a %n' "$folder" || exit 1; done`;
const MOUNT_SECONDS = 25;
/** One late answer of S3 on a busy machine makes a mount degraded for a second: that is no failure of it. */
const SETTLE_MS = 15_000;
const PROBE = '.berth-probe-';
const PROBE_TEXT = 'Berth was here.';

interface Subject {
  readonly owner: StorageOwner;
  readonly definition: StorageDefinition;
}

/** Tests with real files and leaves none behind but `test/test.txt`, which belongs to the test of the data folder. */
export async function validateStorage(deps: ValidateDependencies, context: StepContext, subject: Subject, what: ValidateWhat): Promise<readonly StorageTest[]> {
  const tests: StorageTest[] = [];
  const add = (more: readonly StorageTest[]): void => {
    for (const one of more) context.log(`${one.ok ? 'passed' : 'failed'}: ${one.kind} ${one.name}${one.detail === '' ? '' : `: ${one.detail}`}`);
    tests.push(...more);
  };
  const hasData = dataSources(subject.definition).some((one) => one.target === DATA_ROOT);
  if (what === 'efs' || (what === 'all' && hasData)) add(await dataTests(deps, context, subject, hasData));
  if (what === 's3' || what === 'all') add(await bucketTests(deps, context, subject));
  if (what === 'mounts' || what === 'all') add(await mountTests(deps, context, subject));
  return tests;
}

async function dataTests(deps: ValidateDependencies, context: StepContext, { owner, definition }: Subject, hasData: boolean): Promise<readonly StorageTest[]> {
  if (!hasData) throw new AppError('not-found', `Nothing of this project is mounted at ${DATA_ROOT}.`, { hint: '`berth storage setup` writes a storage file that has it.' });
  const image = await imageFor(deps, context);
  const sources = dataSources(definition);
  const shot = (entrypoint: readonly string[], command: readonly string[]): Promise<OneShotResult> => runOneShot(deps.engine, owner, { name: 'efs-validator', image, entrypoint, command, user: FOLDER_OWNER, sources }, context);
  const hello = await tested(DATA_ROOT, 'efs', async () => {
    const { exitCode, output } = await shot(['/bin/sh'], ['-c', EFS_COMMAND]);
    return { ok: exitCode === 0 && output === 'EFS Test...\nHello!', output, detail: exitCode === 0 ? '' : `The container ended with ${String(exitCode)}: ${output.split('\n').at(-1) ?? ''}`, code: exitCode === 0 ? '' : `exit-${String(exitCode)}` };
  });
  const readBack = await tested(`${DATA_ROOT} (100 MB)`, 'efs', async () => {
    const { exitCode, output } = await shot(['/bin/sh', '-c', READ_BACK, 'probe'], [randomBytes(4).toString('hex')]);
    return { ok: exitCode === 0, output, detail: exitCode === 0 ? '' : `What was read back is not what was written: ${output}`, code: exitCode === 0 ? '' : `exit-${String(exitCode)}` };
  });
  const owners = await tested(`${DATA_ROOT} (owner)`, 'efs', async () => {
    const { exitCode, output } = await shot(['/bin/sh', '-c', OWNERS, 'owners'], neededFolders(definition));
    const wrong = output.split('\n').filter((line) => line !== '' && !line.startsWith(`${FOLDER_OWNER} ${FOLDER_MODE} `));
    return { ok: exitCode === 0 && wrong.length === 0, output, detail: wrong.length === 0 ? '' : `Not ${FOLDER_OWNER} and 0${FOLDER_MODE}: ${wrong.join(', ')}; \`berth storage start\` makes them so.`, code: wrong.length === 0 ? '' : 'owner-mismatch' };
  });
  return [hello, readBack, owners];
}

/** Where the usual image of tests is not here, Berth's own serves: it has the same shell. */
async function imageFor(deps: ValidateDependencies, context: StepContext): Promise<string> {
  const wanted = await deps.validatorImage();
  if ((await deps.engine.inspectImage(wanted)) !== null) return wanted;
  const { reference } = await deps.images.resolve('rclone', { pull: false, build: false }, (line) => context.log(line), context.signal);
  context.log(`${wanted} is not on this machine; the test runs in ${reference}.`);
  return reference;
}

function bucketsOf(definition: StorageDefinition): readonly string[] {
  return [...new Set([...definition.mounts, ...definition.jobs].map((one) => one.bucket))].sort();
}

async function bucketTests(deps: ValidateDependencies, context: StepContext, { owner, definition }: Subject): Promise<readonly StorageTest[]> {
  const buckets = bucketsOf(definition);
  if (buckets.length === 0) throw new AppError('not-found', 'This project uses no bucket.', { hint: '`berth storage setup` writes a storage file.' });
  const door = await deps.s3.door(owner.projectId);
  try {
    const tests: StorageTest[] = [];
    for (const bucket of buckets) tests.push(await tested(bucket, 's3', () => probeBucket(door, bucket, context.signal).catch((error: unknown) => sayMissing(deps, owner, bucket, error, context.signal))));
    return tests;
  } finally {
    door.close();
  }
}

/** Keys open no bucket that was removed: that it is missing says more than that they are refused. */
async function sayMissing({ s3 }: Pick<ValidateDependencies, 's3'>, { projectId }: Pick<StorageOwner, 'projectId'>, bucket: string, refused: unknown, signal: AbortSignal): Promise<never> {
  if (refused instanceof AppError && refused.details?.['code'] === 'AccessDenied') {
    await s3.headBucket(projectId, bucket, signal).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'not-found' || error.code === 'cancelled') throw error;
    });
  }
  throw refused;
}

async function probeBucket(door: S3Door, bucket: string, signal: AbortSignal): Promise<Outcome> {
  const key = probeKey();
  const began = performance.now();
  try {
    await door.put(bucket, key, new TextEncoder().encode(PROBE_TEXT), signal);
    const read = new TextDecoder().decode(await door.get(bucket, key, 1_024, signal));
    const page = await door.list({ bucket, prefix: PROBE, delimiter: '', after: null, limit: 1_000 }, signal);
    const latencyMs = Math.round((performance.now() - began) / 3);
    const isListed = page.objects.some((one) => one.key === key);
    return { ok: read === PROBE_TEXT && isListed, output: '', latencyMs, code: '', detail: read !== PROBE_TEXT ? 'What was read is not what was written.' : isListed ? '' : 'What was written is not listed.' };
  } finally {
    await removeProbe(door, bucket, key);
  }
}

function probeKey(): string {
  return `${PROBE}${randomBytes(6).toString('hex')}`;
}

/** No probe stays, also after a failure; what removing fails with has been said by the test itself. */
async function removeProbe(door: S3Door, bucket: string, key: string): Promise<void> {
  await door.remove(bucket, [key]).catch(() => undefined);
}

async function mountTests(deps: ValidateDependencies, context: StepContext, subject: Subject): Promise<readonly StorageTest[]> {
  const { owner, definition } = subject;
  const statuses = await deps.mounts.settled(owner.projectId, definition, SETTLE_MS, context.signal, ({ mountPoint, detail }) => context.log(`Waits for ${mountPoint}: ${detail}`));
  if (statuses.length === 0) return [];
  const door = await deps.s3.door(owner.projectId);
  try {
    const tests: StorageTest[] = [];
    for (const mount of statuses) tests.push(await tested(mount.mountPoint, 'mount', () => probeMount(deps, context, owner, mount, door)));
    return tests;
  } finally {
    door.close();
  }
}

/** Writes through the mount and reads from the bucket; the other way round where it is only read. */
async function probeMount(deps: ValidateDependencies, context: StepContext, owner: StorageOwner, mount: Awaited<ReturnType<Mounts['status']>>[number], door: S3Door): Promise<Outcome> {
  if (mount.state !== 'healthy') return { ok: false, code: `mount-${mount.state}`, detail: mount.detail, output: '', latencyMs: null };
  const engine = deps.engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys: [] });
  const container = await findStorageContainer(engine, owner, mount.service);
  if (container === null) return { ok: false, code: 'not-found', detail: `The container of ${mount.service} is not there.`, output: '', latencyMs: null };
  const name = probeKey();
  const key = mount.prefix === '' ? name : `${mount.prefix}/${name}`;
  const path = `${mount.mountPoint}/${name}`;
  const began = performance.now();
  const inside = (script: string): ReturnType<typeof runInside> => runInside(engine, container.id, ['/bin/sh', '-c', script, 'probe', path, PROBE_TEXT], MOUNT_SECONDS, context.signal);
  try {
    if (mount.readOnly) {
      await door.put(mount.bucket, key, new TextEncoder().encode(PROBE_TEXT), context.signal);
      await deps.mounts.refresh(owner.projectId, mount.id, []);
      const { exitCode, stdout, stderr } = await inside('cat "$1"');
      return outcomeOf(exitCode === 0 && stdout === PROBE_TEXT, `${stdout}${stderr}`, 'What was written to the bucket is not seen in the mount.', began);
    }
    const { exitCode, stderr } = await inside('printf %s "$2" > "$1" && cat "$1" > /dev/null');
    if (exitCode !== 0) return outcomeOf(false, stderr, `It cannot be written to: ${stderr.trim()}`, began);
    const isThere = await appears(door, mount.bucket, key, context.signal);
    return outcomeOf(isThere, '', 'What was written to the mount did not arrive in the bucket.', began);
  } finally {
    if (!mount.readOnly) await inside('rm -f "$1"').catch(() => undefined);
    await removeProbe(door, mount.bucket, key);
  }
}

function outcomeOf(ok: boolean, output: string, otherwise: string, began: number): Outcome {
  return { ok, output, code: ok ? '' : 'mount-probe', detail: ok ? '' : otherwise, latencyMs: Math.round(performance.now() - began) };
}

/** A mount uploads what was written a few seconds later. */
async function appears(door: S3Door, bucket: string, key: string, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + MOUNT_SECONDS * 1_000;
  while (performance.now() < deadline && !signal.aborted) {
    const found = await door.get(bucket, key, 1_024, signal).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return null;
      throw error;
    });
    if (found !== null && new TextDecoder().decode(found) === PROBE_TEXT) return true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  readonly detail: string;
  readonly code: string;
  readonly latencyMs?: number | null;
}

/** Whatever goes wrong is the answer of the test, with the code S3 or the engine gave. */
async function tested(name: string, kind: StorageTest['kind'], act: () => Promise<Outcome>): Promise<StorageTest> {
  const began = performance.now();
  const tookMs = (): number => Math.round(performance.now() - began);
  try {
    const { latencyMs = null, ...outcome } = await act();
    return { name, kind, ...outcome, latencyMs, tookMs: tookMs() };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
    const { message, code, details } = errorData(error);
    return { name, kind, ok: false, code: typeof details?.['code'] === 'string' ? details['code'] : code, detail: message, output: '', latencyMs: null, tookMs: tookMs() };
  }
}

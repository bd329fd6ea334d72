import { GUEST_FOLDER, type Guest } from '@shared/domain/robustness/guests';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import type { Seen } from '@shared/domain/robustness/outcome';
import { isAlive } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import type { Stage } from './stage';
import { PointLost } from './types';

const KILLED_MS = 15_000;
const UNDER_WAY_MS = 120_000;

/** Point 9: a missing mount source, a port that two want, services that wait for each other: refused before anything is touched. */
export async function refuseIssues(stage: Stage): Promise<string> {
  const before = await stage.look();
  const [first, second] = [await stage.name('first'), await stage.name('second')];
  const host = 21_500;
  const issues: readonly { readonly code: string; readonly words: string; readonly guests: readonly Guest[] }[] = [
    { code: 'BIND_SOURCE_MISSING', words: 'a missing mount source', guests: [{ name: first, image: stage.image, mounts: [{ source: `${GUEST_FOLDER}/gone/file.py`, target: '/app/file.py' }] }] },
    { code: 'PORT_DUPLICATE', words: 'a port that two services publish', guests: [first, second].map((name) => ({ name, image: stage.image, ports: [{ host }] })) },
    { code: 'DEPENDENCY_CYCLE', words: 'services that wait for each other', guests: [{ name: first, image: stage.image, dependsOn: [second] }, { name: second, image: stage.image, dependsOn: [first] }] },
  ];
  for (const { code, words, guests } of issues) {
    await stage.addGuests(guests);
    await isRefused(stage, code, words);
    await stage.folder.restore();
    await stage.judge(before, {});
  }
  return 'A missing mount source, a port conflict and a dependency cycle were each refused with their finding; nothing was touched.';
}

async function isRefused(stage: Stage, code: string, words: string): Promise<void> {
  const found = await stage.findings();
  if (!found.some((one) => one.code === code && one.severity === 'error')) throw new PointLost(`The checks did not find ${words} (${code}).`);
  try {
    await stage.ended(await stage.begin('modes.switch', { mode: stage.mode }));
  } catch (error) {
    if (error instanceof AppError && error.code === 'blocked') return;
    throw error;
  }
  throw new PointLost(`The switch was not refused because of ${words}.`);
}

/** Point 10: a killed container is healed; a switch that is cancelled half-way leaves the old state whole; a snapshot brings back what was broken after it. */
export async function killAndRecover(stage: Stage): Promise<string> {
  const { service } = await stage.expendable('struck');
  await kill(stage, service);
  await interrupt(stage, service);
  await backUpAndRestore(stage, service);
  return `${service} was killed and healed as it was; a switch that was cancelled half-way left everything as before; what was broken after a snapshot is back, with every volume.`;
}

/** What the volumes hold is overwritten and the files are broken: both are as they were after a restore, and everything serves. */
async function backUpAndRestore(stage: Stage, service: string): Promise<void> {
  const before = await stage.look();
  const texts = await stage.texts();
  const { result } = await stage.perform('snapshots.create', { tag: 'Robustness run' });
  const { id } = result as { readonly id: string };
  await stage.folder.write(await stage.fileOf(service), 'services: [this is no compose file\n');
  await stage.marks.spoil();
  await stage.perform('snapshots.restore', { id });
  await stage.marks.lookAgain();
  const after = await stage.texts();
  const broken = texts.find(({ path, text }) => after.find((one) => one.path === path)?.text !== text);
  if (broken !== undefined) throw new PointLost(`${broken.path} is not as it was after the restore.`);
  // An exchange of contents counts as a new volume for the engine; what it holds is what must be the same.
  const times = new Map((await stage.look()).volumes.map((one) => [one.name, one.createdAt]));
  await stage.judge({ ...before, volumes: before.volumes.map((one) => ({ ...one, createdAt: times.get(one.name) ?? one.createdAt })) }, {});
}

async function kill(stage: Stage, service: string): Promise<void> {
  const before = await stage.look();
  const struck = stage.containerOf(before, service);
  if (!isAlive(struck)) throw new PointLost(`${service} does not run, so it cannot be killed.`);
  const engine = stage.deps.engine.as((await stage.load()).authorization);
  await engine.killContainer(struck.id, 'SIGKILL');
  await until(stage, KILLED_MS, `${service} was killed and shows no sign of it.`, async () => {
    const now = await engine.inspectContainer(struck.id);
    return !isAlive(now) || now.startedAt !== struck.startedAt;
  });
  await stage.perform('drift.heal', { drifts: [] });
  const after = await stage.judge(before, {});
  if (stage.containerOf(after, service).startedAt === struck.startedAt) throw new PointLost(`${service} was not started again.`);
}

/** The switch waits for a guest that never gets healthy, with the struck service made anew beside it: then it is cancelled. */
async function interrupt(stage: Stage, service: string): Promise<void> {
  const before = await stage.look();
  const texts = await stage.texts();
  const guest = await stage.name('stuck');
  // A change that makes the container of this service anew and nothing else.
  await stage.edit(await stage.fileOf(service), [{ kind: 'set', path: ['services', service, 'stop_grace_period'], value: '4s' }]);
  await stage.addGuests([{ name: guest, image: stage.image, neverHealthy: true }]);
  const operation = await stage.begin('modes.switch', { mode: stage.mode });
  await until(stage, UNDER_WAY_MS, 'The switch did not get far enough to be interrupted.', async () => {
    const { state } = await stage.deps.operations.wait(operation.id, 0);
    if (FINAL_STATES.includes(state)) throw new PointLost(`The switch was over before it could be interrupted: ${state}.`);
    return isUnderWay(await stage.look(), guest);
  });
  await stage.deps.operations.cancel(operation.id);
  const ended = await stage.ended(operation);
  if (ended.state !== 'cancelled') throw new PointLost(`The cancelled switch ended as ${ended.state}.`);
  await stage.putBack(texts);
  await stage.judge(before, {});
}

function isUnderWay(seen: Seen, guest: string): boolean {
  return seen.containers.some((one) => one.service === guest && one.state === 'running');
}

/** Looks again after each piece of news of the engine until it holds. */
async function until(stage: Stage, timeoutMs: number, otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  const began = stage.deps.clock.monotonic();
  while (!(await holds())) {
    stage.throwIfCancelled();
    if (stage.deps.clock.monotonic() - began > timeoutMs) throw new PointLost(otherwise);
    await stage.nextNews();
  }
}

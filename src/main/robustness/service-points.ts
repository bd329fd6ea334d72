import { GUEST_BAKED, GUEST_FOLDER, guestService, type Guest } from '@shared/domain/robustness/guests';
import { isAnonymousVolume } from '@shared/domain/modes/naming';
import type { Seen } from '@shared/domain/robustness/outcome';
import { join } from 'node:path';
import type { Stage } from './stage';
import { PointLost } from './types';

const NEW_SERVICES = ['monitoring', 'logging', 'metrics', 'backup', 'admin'];

/** Point 1: a service is taken out of the files; it goes, with what only it had, and nothing else does. */
export async function deleteService(stage: Stage): Promise<string> {
  const { service } = await stage.expendable('expendable');
  const before = await stage.look();
  const anonymous = before.containers.filter((one) => one.service === service).flatMap((one) => one.mounts.filter((mount) => mount.type === 'volume' && isAnonymousVolume(mount.source)).map((mount) => mount.source));
  await stage.withoutService(service);
  const after = await stage.switchAndJudge(before, { gone: [service] });
  const left = (await stage.deps.engine.listVolumes()).find((volume) => anonymous.includes(volume.name));
  if (left !== undefined) throw new PointLost(`A volume without a name that only ${service} had is still there.`);
  return `${service} went; ${others(after.containers.length)} and every named volume stayed.`;
}

/** Point 2: a built service with a mount of its own joins the others; what is saved in the mounted folder is seen at once. */
export async function addService(stage: Stage): Promise<string> {
  const before = await stage.look();
  const name = await stage.name('new');
  const context = `${GUEST_FOLDER}/new`;
  const live = `${GUEST_FOLDER}/new-live`;
  await stage.folder.write(join(live, 'note.txt'), 'first\n');
  await stage.addGuests([{ name, image: stage.image, context, mounts: [{ source: live, target: '/srv/live' }] }]);
  const after = await stage.switchAndJudge(before, { made: [name] });
  await stage.folder.write(join(live, 'note.txt'), 'second\n');
  if ((await stage.inside(after, name, ['cat', '/srv/live/note.txt'])) !== 'second') throw new PointLost(`${name} does not see what was saved in the folder it mounts.`);
  return `${name} was built and runs; the same containers as before run beside it.`;
}

/** Point 6: everything is stopped, the whole of a service is replaced by another implementation, everything starts again. */
export async function replaceService(stage: Stage): Promise<string> {
  const { service } = await stage.expendable('replaced');
  const before = await stage.look();
  const context = `${GUEST_FOLDER}/replacement`;
  await stage.perform('services.stop', { services: [] });
  await stage.writeContext(context, 'another implementation\n');
  await stage.withoutService(service, guestService({ name: service, image: stage.image, context }));
  const after = await stage.switchAndJudge(before, { remade: [service] });
  const content = await stage.inside(after, service, ['cat', `${GUEST_BAKED}/content.txt`]);
  if (content !== 'another implementation') throw new PointLost(`${service} runs something else than its replacement.`);
  return `${service} runs another implementation; everything else was stopped and started, not made anew.`;
}

/** Point 7: five services with build folders of their own, in one switch. */
export async function addFive(stage: Stage): Promise<string> {
  const before = await stage.look();
  const guests: Guest[] = [];
  for (const wish of NEW_SERVICES) guests.push({ name: await stage.name(wish), image: stage.image, context: `${GUEST_FOLDER}/${wish}` });
  await stage.addGuests(guests);
  const after = await stage.switchAndJudge(before, { made: guests.map((one) => one.name) });
  await everyOneHasItsOwn(stage, after, guests);
  return `${guests.map((one) => one.name).join(', ')} were built and are healthy after one switch.`;
}

async function everyOneHasItsOwn(stage: Stage, seen: Seen, guests: readonly Guest[]): Promise<void> {
  for (const guest of guests) {
    const content = await stage.inside(seen, guest.name, ['cat', `${GUEST_BAKED}/content.txt`]);
    if (content !== `${guest.name} 1`) throw new PointLost(`${guest.name} was not built from its own folder.`);
  }
}

function others(count: number): string {
  return count === 1 ? 'the other container' : `the other ${String(count)} containers`;
}

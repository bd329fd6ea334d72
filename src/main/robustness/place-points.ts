import { join } from 'node:path';
import { GUEST_BAKED, GUEST_FOLDER, type Guest } from '@shared/domain/robustness/guests';
import { possibleOffsets, portMoveFault, publishedPorts } from '@shared/domain/robustness/port-moves';
import type { Seen } from '@shared/domain/robustness/outcome';
import type { Stage } from './stage';
import { PointLost } from './types';

/** Point 3: a mounted folder is moved; the checks say so, their fix writes the new path, and only that service is made anew. */
export async function restructure(stage: Stage): Promise<string> {
  const name = await stage.name('brain');
  const [from, to] = [`${GUEST_FOLDER}/brain/orchestration`, `${GUEST_FOLDER}/brain/core/orchestration`];
  await stage.folder.write(join(from, 'plan.txt'), 'the plan of berth-robustness\n');
  await stage.addGuests([{ name, image: stage.image, mounts: [{ source: from, target: '/srv/orchestration' }] }]);
  await stage.switchOver();
  const before = await stage.look();
  await stage.folder.move(from, to);
  const finding = (await stage.findings()).find((one) => one.code === 'BIND_SOURCE_MISSING' && one.service === name);
  if (finding === undefined) throw new PointLost('The checks did not find that the mounted folder is gone.');
  const fix = finding.fixes.find((one) => one.title.includes('core/orchestration'));
  if (fix === undefined) throw new PointLost('The checks did not offer to write where the folder is now.');
  await stage.perform('checks.fix', { mode: stage.mode, fixes: [fix.id], dryRun: false });
  const after = await stage.switchAndJudge(before, { remade: [name] });
  if ((await stage.inside(after, name, ['cat', '/srv/orchestration/plan.txt'])) !== 'the plan of berth-robustness') throw new PointLost(`${name} does not see the folder where it is now.`);
  return `The moved folder was found, its mount was written anew, and only ${name} was made anew.`;
}

/** Point 4: the build folders and mounts of three services move together; one relocation follows them in every file. */
export async function relocate(stage: Stage): Promise<string> {
  const [from, to] = [`${GUEST_FOLDER}/services`, `${GUEST_FOLDER}/microservices`];
  const guests: Guest[] = [];
  for (const wish of ['one', 'two', 'three']) {
    await stage.folder.write(`${from}/${wish}-live/note.txt`, `${wish}\n`);
    guests.push({ name: await stage.name(wish), image: stage.image, context: `${from}/${wish}`, mounts: [{ source: `${from}/${wish}-live`, target: '/srv/live' }] });
  }
  await stage.addGuests(guests);
  await stage.switchOver();
  const before = await stage.look();
  await stage.folder.move(from, to);
  await stage.perform('compose.relocate', { from, to });
  const names = guests.map((one) => one.name);
  const left = await stillIn(stage, from, names);
  if (left !== null) throw new PointLost(left);
  // A mount with another source is another container.
  const after = await stage.switchAndJudge(before, { remade: names });
  for (const [index, wish] of ['one', 'two', 'three'].entries()) {
    if ((await stage.inside(after, names[index] ?? '', ['cat', '/srv/live/note.txt'])) !== wish) throw new PointLost(`${names[index] ?? ''} does not see its folder where it is now.`);
  }
  return 'Three build folders and three mounts were followed to their new place in one operation.';
}

/** What of these services still points into the old place, in one sentence. */
async function stillIn(stage: Stage, from: string, names: readonly string[]): Promise<string | null> {
  const { model } = (await stage.load()).compose;
  const old = join(stage.twin.dir, from);
  for (const name of names) {
    const service = model.services[name];
    if (service === undefined) return `${name} is no longer in the files.`;
    if (service.build?.context?.startsWith(`${old}/`) !== false) return `The build folder of ${name} still names the old place.`;
    if ((service.volumes ?? []).some((mount) => mount.source?.startsWith(`${old}/`) === true)) return `A mount of ${name} still names the old place.`;
  }
  return null;
}

/** Point 5: what one of two built services depends on changes; only its image is built anew. */
export async function changeDependencies(stage: Stage): Promise<string> {
  const guests: Guest[] = [];
  for (const wish of ['changed', 'steady']) {
    const context = `${GUEST_FOLDER}/${wish}`;
    await stage.folder.write(`${context}/requirements.txt`, 'fastapi==0.110\n');
    guests.push({ name: await stage.name(wish), image: stage.image, context });
  }
  const [changed = '', steady = ''] = guests.map((one) => one.name);
  await stage.addGuests(guests);
  await stage.switchOver();
  const before = await stage.look();
  await stage.folder.write(`${GUEST_FOLDER}/changed/requirements.txt`, 'flask==3.0\nrequests==2.32\n');
  await stage.perform('services.rebuild', { services: [changed], cache: true, pull: false });
  const after = await stage.judge(before, { remade: [changed] });
  const imageOf = (seen: Seen, service: string): string => stage.containerOf(seen, service).imageId;
  if (imageOf(before, changed) === imageOf(after, changed)) throw new PointLost(`${changed} runs the image it ran before.`);
  if (imageOf(before, steady) !== imageOf(after, steady)) throw new PointLost(`${steady} runs another image, although nothing of it had changed.`);
  if (!(await stage.inside(after, changed, ['cat', `${GUEST_BAKED}/requirements.txt`])).startsWith('flask')) throw new PointLost(`${changed} was not built from what it depends on now.`);
  return `Only ${changed} was built and made anew; the image of ${steady} is the same.`;
}

/** Point 8: every published port moves by one offset, with the environment values that name it. */
export async function movePorts(stage: Stage): Promise<string> {
  const name = await stage.name('port');
  const shift = (await stage.load()).project.twin?.portOffset ?? 0;
  const host = await freeFrom(stage, 21_000, shift);
  // The port as it is published: the copy publishes beside the original.
  const address = (port: number): string => `http://localhost:${String(port)}/`;
  await stage.addGuests([{ name, image: stage.image, ports: [{ host }], environment: { SELF_URL: address(host + shift), LIMIT: '30000' } }]);
  await stage.switchOver();
  const before = await stage.look();
  const was = (await stage.load()).compose.model;
  const ports = publishedPorts(was);
  const offset = await freeOffset(stage, ports);
  await stage.perform('compose.remap-ports', { offset, services: [] });
  const now = (await stage.load()).compose.model;
  const fault = portMoveFault(was, now, offset);
  if (fault !== null) throw new PointLost(fault);
  const wanted = address(host + shift + offset);
  if (now.services[name]?.environment?.['SELF_URL'] !== wanted) throw new PointLost(`An environment value that names a moved port was not changed to ${wanted}.`);
  const publishing = Object.entries(was.services).filter(([, service]) => (service.ports ?? []).length > 0).map(([service]) => service);
  const changed = Object.keys(was.services).filter((service) => JSON.stringify(was.services[service]) !== JSON.stringify(now.services[service]));
  await stage.switchAndJudge(before, { remade: changed });
  await answersMoved(stage, before, ports, offset);
  return `${String(ports.length)} ports of ${String(publishing.length)} services moved by ${String(offset)}, with the addresses that name them.`;
}

async function freeFrom(stage: Stage, first: number, shift: number): Promise<number> {
  for (let port = first; port < first + 200; port += 1) if ((await stage.deps.portIsFree(port)) && (await stage.deps.portIsFree(port + shift))) return port;
  throw new PointLost('No free port was found for this point.');
}

async function freeOffset(stage: Stage, ports: readonly number[]): Promise<number> {
  for (const offset of possibleOffsets(ports)) {
    const free = await Promise.all(ports.map((port) => (ports.includes(port + offset) ? false : stage.deps.portIsFree(port + offset))));
    if (free.every(Boolean)) return offset;
  }
  throw new PointLost('No offset was found at which all ports are free.');
}

/** Whatever was bound before answers on the new port and no longer on the old one. */
async function answersMoved(stage: Stage, before: Seen, ports: readonly number[], offset: number): Promise<void> {
  const bound = before.containers.flatMap((one) => one.ports.filter((port) => port.protocol === 'tcp' && ports.includes(port.hostPort)));
  for (const { hostIp, hostPort } of bound) {
    const address = hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::' ? '127.0.0.1' : hostIp;
    if (!(await stage.deps.portAccepts(address, hostPort + offset))) throw new PointLost(`Nothing answers on ${String(hostPort + offset)}, where ${String(hostPort)} was to move.`);
    if (await stage.deps.portAccepts(address, hostPort)) throw new PointLost(`Something still answers on ${String(hostPort)}.`);
  }
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostSubnet } from '@shared/domain/checks/facts';
import { createChecks, fixOperation, observeMode } from '@main/checks';
import { readBeneath, replaceBeneath } from '@main/platform/files';
import { hostSources } from '@main/platform/mount-source';
import { hostPorts } from '@main/platform/ports';
import { hostSourceMaker } from '@main/platform/source-maker';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openEditWorld, type EditWorld } from '../compose/kit';
import { execIn, idsOf } from '../modes/small-shop';

let world: EditWorld;
let project: TestProject;
/** What a VPN brings, once it is there. */
let routes: readonly HostSubnet[] = [];

const SLEEP = `    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n`;
const range = `10.${String(100 + (process.pid % 90))}.${String(process.pid % 250)}`;
const file = (mode: string): string =>
  `# ${mode}\nservices:\n  a:\n${SLEEP}    networks:\n      ops: { ipv4_address: ${range}.9 } # fixed\n  b:\n${SLEEP}    networks: [ops]\n  c:\n${SLEEP}networks:\n  ops:\n    ipam:\n      config:\n        - subnet: ${range}.0/24\n          gateway: ${range}.1\n`;

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('sub', { files: { 'docker-compose.dev.yml': file('dev'), 'docker-compose.clean.yml': file('prod') } });
  world = await openEditWorld();
  const { engine, projects, operations, deps } = world;
  const sources = hostSources({ timeoutMs: 2000 });
  const checks = createChecks({ ports: hostPorts(), sources, engineIsLocal: () => true, engineApiVersion: () => null, hostSubnets: () => Promise.resolve(routes), loadModes: (id) => projects.loadModes(id) });
  operations.register(fixOperation({ projects, checks, engine, observe: (loaded) => observeMode(engine, loaded), defaultMode: () => Promise.resolve('dev'), maker: hostSourceMaker(), readText: (path) => sources.readText(path), readBeneath, replaceBeneath, lock: deps.lock }));
  await projects.open(project.dir, true);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

interface Network {
  readonly Id: string;
  readonly IPAM: { readonly Config: readonly { readonly Subnet: string }[] };
}

const network = (): Promise<Network> => engineJson<Network>('GET', `/networks/${project.name}_ops`);
const subnetOf = (one: Network): string => one.IPAM.Config[0]?.Subnet ?? '';
const written = async (mode: 'dev' | 'clean'): Promise<string> => project.read(`docker-compose.${mode}.yml`);

/** Both files with another range, and nothing else. */
async function expectMoved(from: string): Promise<string> {
  const to = /subnet: (\S+)\.0\/24/.exec(await written('dev'))?.[1] ?? '';
  expect(to).not.toBe(from);
  expect([await written('dev'), await written('clean')]).toEqual([file('dev').replaceAll(`${range}.`, `${to}.`), file('prod').replaceAll(`${range}.`, `${to}.`)]);
  return to;
}

it('gives a network the next free range in both modes, with the addresses in it; the next switch makes it and its services anew, and no other', async () => {
  // Somebody else's network has the range: the first switch could not make its own.
  const { Id } = await engineJson<{ Id: string }>('POST', '/networks/create', { body: { Name: `${project.name}-stranger`, IPAM: { Config: [{ Subnet: `${range}.128/25` }] } } });
  const fixed = await world.change('checks.fix', { project: project.dir, fixes: [] });
  await engineRequest('DELETE', `/networks/${Id}`);
  expect(fixed.error).toBeNull();
  expect(fixed.result).toMatchObject({ left: [] });
  const first = await expectMoved(range);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  const [before, ids] = [await network(), await idsOf(project)];
  expect(subnetOf(before)).toBe(`${first}.0/24`);
  expect(await execIn(project, 'a', 'ip -4 addr show eth0')).toContain(`${first}.9/24`);

  // A VPN brings a route into the range of the running network: it moves again.
  routes = [{ cidr: `${first.replace(/\.\d+$/, '')}.0.0/16`, interfaceName: 'tun0' }];
  const loaded = await world.projects.loadMode(project.dir, 'dev');
  const moved = await world.change('checks.fix', { project: project.dir, fixes: await fixIds(loaded) });
  expect(moved.error).toBeNull();
  const second = await expectMoved(first);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  const [after, now] = [await network(), await idsOf(project)];
  expect([subnetOf(after), after.Id === before.Id]).toEqual([`${second}.0/24`, false]);
  expect((await engineRequest('GET', `/networks/${before.Id}`)).status).toBe(404);
  expect(Object.keys(ids).filter((service) => now[service] === ids[service])).toEqual(['c']);
  expect(await execIn(project, 'a', 'ip -4 addr show eth0')).toContain(`${second}.9/24`);

  expect((await world.undo(moved.id)).state).toBe('succeeded');
  expect((await world.undo(fixed.id)).state).toBe('succeeded');
  expect([await written('dev'), await written('clean')]).toEqual([file('dev'), file('prod')]);
});

/** The fixes of what the checks say of a mode, by name: a warning is not mended by itself. */
async function fixIds(loaded: Parameters<typeof observeMode>[1]): Promise<string[]> {
  const checks = createChecks({ ports: hostPorts(), sources: hostSources({ timeoutMs: 2000 }), engineIsLocal: () => true, engineApiVersion: () => null, hostSubnets: () => Promise.resolve(routes) });
  const findings = await checks.run(loaded, await observeMode(world.engine, loaded));
  expect(findings.map((one) => [one.code, one.severity])).toEqual([['SUBNET_OVERLAP', 'warning']]);
  return findings.flatMap((one) => one.fixes.map((fix) => fix.id));
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from './kit';

const run = promisify(execFile);

/** One service with nearly everything a compose file can say of a container, and a few that share its namespaces and networks. */
const MODEL = {
  services: {
    all: {
      image: BUSYBOX_IMAGE,
      command: ['sleep', '100000'],
      entrypoint: ['/bin/sh', '-c', 'exec "$$0" "$$@"'],
      environment: { ONE: '1', TWO: 'with space', EMPTY: '' },
      labels: { 'org.example': 'yes' },
      hostname: 'box',
      domainname: 'example.test',
      user: '0:0',
      working_dir: '/tmp',
      stop_signal: 'SIGINT',
      stop_grace_period: '3s',
      restart: 'on-failure:3',
      init: true,
      read_only: true,
      tty: true,
      stdin_open: true,
      ports: ['127.0.0.1::80', '127.0.0.1::53/udp'],
      expose: ['9000'],
      healthcheck: { test: ['CMD', 'true'], interval: '2s', timeout: '1500ms', retries: 4, start_period: '1m' },
      tmpfs: ['/scratch:size=1m'],
      volumes: ['data:/data', 'data:/again:ro', './src:/src:ro', { type: 'tmpfs', target: '/t', tmpfs: { size: 65536 } }, '/anonymous'],
      networks: { front: { aliases: ['everything'], priority: 10 }, back: null },
      dns: ['127.0.0.11'],
      dns_search: ['example.test'],
      extra_hosts: ['far.example:10.0.0.1'],
      cap_add: ['NET_BIND_SERVICE'],
      cap_drop: ['MKNOD'],
      security_opt: ['no-new-privileges:true'],
      group_add: ['7'],
      sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
      ulimits: { nofile: { soft: 1000, hard: 2000 }, nproc: 500 },
      shm_size: '32m',
      mem_limit: '64m',
      mem_reservation: '32m',
      cpus: 0.5,
      cpu_shares: 512,
      pids_limit: 100,
      oom_score_adj: 100,
      ipc: 'private',
      logging: { driver: 'json-file', options: { 'max-size': '1m' } },
    },
    limited: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], deploy: { resources: { limits: { cpus: '0.25', memory: '48M', pids: 50 }, reservations: { memory: '16M' } }, restart_policy: { condition: 'on-failure', max_attempts: 2 } } },
    plain: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], ipc: 'shareable', depends_on: { all: { condition: 'service_healthy' }, limited: { condition: 'service_started', restart: true } } },
    beside: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], network_mode: 'service:plain', ipc: 'service:plain' },
    cut: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], network_mode: 'none', scale: 2 },
    told: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], secrets: ['word'], configs: [{ source: 'motd', target: '/etc/motd' }] },
    reached: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], volumes: ['data:/data'], expose: ['3000-3002', '53/udp'], extra_hosts: ['six:::1', 'seven=[::2]', 'up:host-gateway'], security_opt: ['seccomp:./profile.json'], deploy: { restart_policy: { max_attempts: 3 } } },
    linked: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], links: ['reached:other'], external_links: ['elsewhere:far'], restart: 'no', deploy: { restart_policy: { condition: 'any' } } },
    taking: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], volumes_from: ['reached'] },
  },
  volumes: { data: { labels: { keep: 'me' } } },
  networks: { front: {}, back: { internal: true, labels: { where: 'back' } } },
  secrets: { word: { file: './word.txt' } },
  configs: { motd: { content: 'hello\n' } },
};

let project: TestProject;
let world: World;

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('md-all');
  for (const file of ['docker-compose.dev.yml', 'docker-compose.clean.yml']) await project.write(file, stringify(MODEL));
  await project.write('src/index.txt', 'x');
  await project.write('word.txt', 'secret');
  await project.write('profile.json', '{\n  "defaultAction": "SCMP_ACT_ALLOW"\n}\n');
  world = await openWorld({ grants: ['cap:NET_BIND_SERVICE', 'security:seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] });
  await world.projects.open(project.dir, true);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

it('creates containers, networks and volumes as docker compose does', async () => {
  const ended = await world.switchTo(project.dir, 'dev');
  expect(ended.error).toBeNull();
  const ours = await inspected(project);
  // Nothing to change for docker compose: labels and hashes are what it expects.
  const up = await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: project.dir });
  expect(up.stderr).not.toMatch(/Recreate|Creat/);
  expect((await run('docker', ['exec', `${project.name}-told-1`, 'cat', '/etc/motd', '/run/secrets/word'])).stdout).toBe('hello\nsecret');

  await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'down', '-v', '-t', '1'], { cwd: project.dir });
  await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: project.dir });
  const theirs = await inspected(project);
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const name of Object.keys(theirs)) expect(ours[name], name).toEqual(theirs[name]);
});

type Tree = { [key: string]: unknown };

/** What was asked for, without what each run has of its own (ids, times, addresses) and without where we differ on purpose. */
async function inspected(of: TestProject): Promise<{ readonly [name: string]: unknown }> {
  const { stdout } = await run('docker', ['ps', '-aq', '--filter', `label=com.docker.compose.project=${of.name}`]);
  const list = JSON.parse((await run('docker', ['inspect', ...stdout.trim().split('\n')], { maxBuffer: 64 * 1024 * 1024 })).stdout) as readonly Tree[];
  const ids = new Map(list.map((one) => [String(one['Id']), String(one['Name'])]));
  return Object.fromEntries(list.map((one) => [String(one['Name']), comparable(one, ids)]));
}

function comparable(one: Tree, ids: ReadonlyMap<string, string>): unknown {
  const named = (text: unknown): unknown => (typeof text === 'string' ? text.replace(/[0-9a-f]{64}/g, (id) => ids.get(id) ?? '<id>') : text);
  const config = one['Config'] as Tree;
  const host = one['HostConfig'] as Tree;
  const labels = { ...(config['Labels'] as Tree) };
  for (const key of Object.keys(labels)) if (key.startsWith('dev.berth.')) delete labels[key];
  // The order of its entries is random, and what is hashed names a container by its id.
  labels['com.docker.compose.depends_on'] = String(labels['com.docker.compose.depends_on']).split(',').sort();
  if (/service:|volumes_from/.test(JSON.stringify(MODEL.services[String(labels['com.docker.compose.service']) as keyof typeof MODEL.services]))) delete labels['com.docker.compose.config-hash'];
  const mounts = (one['Mounts'] as readonly Tree[]).map((mount) => ({ type: mount['Type'], name: named(mount['Name']), source: mount['Type'] === 'bind' ? mount['Source'] : '', target: mount['Destination'], write: mount['RW'] })).sort((a, b) => (String(a.target) < String(b.target) ? -1 : 1));
  const networks = Object.fromEntries(
    Object.entries((one['NetworkSettings'] as { Networks: { [name: string]: Tree } }).Networks).map(([name, network]) => [name, { aliases: ((network['Aliases'] as readonly string[] | null) ?? []).filter((alias) => !/^[0-9a-f]{12}$/.test(alias)).sort(), links: network['Links'] }]),
  );
  host['ExtraHosts'] = [...((host['ExtraHosts'] as readonly string[] | null) ?? [])].sort();
  host['Ulimits'] = [...((host['Ulimits'] as readonly { readonly Name: string }[] | null) ?? [])].sort((a, b) => (a.Name < b.Name ? -1 : 1));
  const { Binds: _binds, Mounts: _mounts, NetworkMode, IpcMode, PidMode, VolumesFrom, ...rest } = host;
  const { Labels: _labels, Hostname, Env, ...configRest } = config;
  return {
    config: { ...configRest, Env: [...((Env as readonly string[] | null) ?? [])].sort(), Hostname: /^[0-9a-f]{12}$/.test(String(Hostname)) ? '<id>' : Hostname },
    labels,
    host: { ...rest, NetworkMode: named(NetworkMode), IpcMode: named(IpcMode), PidMode: named(PidMode), VolumesFrom: ((VolumesFrom as readonly string[] | null) ?? []).map(named) },
    mounts,
    networks,
  };
}

import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ModePlan } from '@shared/domain/modes/plan';
import { ComposeService } from '@main/compose';
import { serviceOperations, ServicesService } from '@main/services/index';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';
import { parseHere } from './checks/kit';
import { openWorld, type World } from './modes/kit';

const run = promisify(execFile);
const FILE = 'docker-compose.dev.yml';
const STAYS = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];

type Definition = { readonly [key: string]: unknown };

/** One thing a file can ask for. `proof` runs in a container and must say the same whoever made it. */
interface Feature {
  readonly services: { readonly [name: string]: Definition };
  readonly proof?: readonly [service: string, shell: string, says: RegExp];
}

const stays = (more: Definition = {}): Definition => ({ image: BUSYBOX_IMAGE, command: STAYS, stop_grace_period: '2s', ...more });

function features({ subnet, ports, foreign }: { readonly subnet: string; readonly ports: number; readonly foreign: string }): { readonly [name: string]: Feature } {
  const one = (name: string, more: Definition, shell?: string, says?: RegExp): Feature => ({ services: { [name]: stays(more) }, ...(shell === undefined || says === undefined ? {} : { proof: [name, shell, says] as const }) });
  return {
    // Not the number of open files: the runtime of Docker raises that one for itself, and what it starts sees now one value, now the other.
    ulimits: one('limits', { ulimits: { core: { soft: 512_000, hard: 1_024_000 }, nproc: 500 } }, 'ulimit -Sc; ulimit -Hc', /^1000\n2000$/),
    devices: one('device', { devices: ['/dev/null:/dev/nothing:rw'], device_cgroup_rules: ['c 1:3 rwm'] }, 'test -c /dev/nothing && echo there', /^there$/),
    sysctls: one('sysctl', { sysctls: { 'net.core.somaxconn': 1021 } }, 'cat /proc/sys/net/core/somaxconn', /^1021$/),
    tmpfs: one('memory', { tmpfs: ['/run/a:size=1m'], volumes: [{ type: 'tmpfs', target: '/run/b', tmpfs: { size: 2_097_152, mode: 0o700 } }] }, 'grep -c " /run/[ab] tmpfs" /proc/mounts', /^2$/),
    links: { services: { far: stays(), near: stays({ links: ['far:elsewhere'] }) }, proof: ['near', 'ping -c1 -W2 elsewhere >/dev/null && echo found', /^found$/] },
    'network_mode service': { services: { house: stays({ hostname: 'the-house' }), guest: stays({ network_mode: 'service:house' }) }, proof: ['guest', 'hostname', /^the-house$/] },
    'network_mode service of several': { services: { rooms: stays({ scale: 3 }), lodger: stays({ network_mode: 'service:rooms', volumes_from: ['rooms'] }) } },
    'ipc service': { services: { queue: stays({ ipc: 'shareable' }), talker: stays({ ipc: 'service:queue' }) } },
    'pid service': { services: { parent: stays(), watcher: stays({ pid: 'service:parent' }) }, proof: ['watcher', 'ps | grep -c "[s]leep 100000"', /^[1-9]/] },
    volumes_from: { services: { keeper: stays({ volumes: ['kept:/kept'] }), reader: stays({ volumes_from: ['keeper:ro'] }) }, proof: ['reader', 'grep -c " /kept " /proc/mounts', /^1$/] },
    'static address': one('fixed', { networks: { addressed: { ipv4_address: `${subnet}.10` } } }, 'ip -4 addr show eth0 | grep -o "inet [0-9.]*"', new RegExp(`inet ${subnet.replaceAll('.', '\\.')}\\.10$`)),
    'aliases': { services: { named: stays({ networks: { front: { aliases: ['also-called'] } } }), asker: stays({ networks: ['front'] }) }, proof: ['asker', 'ping -c1 -W2 also-called >/dev/null && echo found', /^found$/] },
    'network priorities': one('between', { networks: { front: { priority: 10 }, back: { priority: 1000 }, default: {} } }, 'ip -4 addr | grep -c "inet 1[0-9]*\\..* eth"', /^3$/),
    'deploy.replicas': one('three', { deploy: { replicas: 3 } }),
    scale: one('pair', { scale: 2 }),
    'scale 0': { services: { nobody: stays({ scale: 0 }) } },
    'port range': one('ports', { ports: [`127.0.0.1:${String(ports)}-${String(ports + 1)}:8080-8081`, '9000', { target: 9001, protocol: 'udp', mode: 'host' }] }),
    'port range over replicas': one('spread', { scale: 2, ports: [`127.0.0.1:${String(ports + 2)}-${String(ports + 5)}:80`] }),
    'deploy.resources': one('small', { deploy: { resources: { limits: { cpus: '0.5', memory: '64M', pids: 50 }, reservations: { memory: '32M' } } } }),
    'older limits': one('older', { mem_limit: '64m', mem_reservation: '32m', cpu_shares: 512, cpuset: '0', pids_limit: 60, oom_score_adj: 100, shm_size: '32m' }, 'df -m /dev/shm | tail -1 | grep -o " 32 " | head -1', /^ *32 *$/),
    'hook post_start': one('greeted', { post_start: [{ command: ['sh', '-c', 'echo "$$NAME $(whoami) $(pwd)" > /tmp/greeted'], user: 'root', working_dir: '/tmp', environment: ['NAME=hello'] }] }, 'cat /tmp/greeted', /^hello (root|0) \/tmp$|^hello .* \/tmp$/),
    'hook pre_stop': one('waved', { volumes: ['wave:/wave'], pre_stop: [{ command: ['sh', '-c', 'echo bye >> /wave/said'] }] }),
    'pull policies': { services: { lazily: stays({ pull_policy: 'missing' }), never: stays({ pull_policy: 'never' }), absent: stays({ pull_policy: 'if_not_present' }) } },
    platform: one('amd', { platform: 'linux/amd64' }),
    'develop.watch': one('developed', { develop: { watch: [{ path: './src', action: 'sync', target: '/src', ignore: ['node_modules/'] }, { path: './package.json', action: 'rebuild' }] } }),
    build: { services: { built: { build: { context: './built', target: 'last', args: { WORD: 'given' } }, command: STAYS, stop_grace_period: '2s' } }, proof: ['built', 'cat /word', /^given$/] },
    'build with image': { services: { tagged: { build: { context: './built', dockerfile_inline: `FROM ${BUSYBOX_IMAGE}\nRUN echo inline > /word\n` }, image: `${foreign}-tagged:one`, command: STAYS, stop_grace_period: '2s' } }, proof: ['tagged', 'cat /word', /^inline$/] },
    secrets: one('secretive', { secrets: ['from_file', { source: 'from_env', target: 'other', mode: 0o440, uid: '7' }] }, 'cat /run/secrets/from_file /run/secrets/other; ls -ln /run/secrets/other | cut -c1-10', /^in a file\nin the environment\s*-r--r-----$/),
    configs: one('configured', { configs: [{ source: 'written', target: '/etc/written.conf', mode: 0o444 }, 'filed'] }, 'cat /etc/written.conf /filed', /^word=of-env\nfiled$/),
    'env_file and environment': one('env', { env_file: [{ path: './one.env' }, { path: './none.env', required: false }], environment: { PLAIN: 'a $$ b', QUOTED: '"q" <&>', FROM: '${WORD_OF_ENV}' } }, 'echo "$PLAIN|$QUOTED|$FROM|$ONE"', /^a \$ b\|"q" <&>\|of-env\|1$/),
    'bind mounts': one('bound', { volumes: ['./src:/src:ro', { type: 'bind', source: './conf', target: '/conf', bind: { create_host_path: false, propagation: 'rprivate' } }] }, 'ls /src /conf | tr "\\n" " "', /a\.txt/),
    'anonymous volumes': one('anonymous', { volumes: ['/scratch'] }),
    'container_name and host names': one('titled', { container_name: `${foreign}-titled`, hostname: 'titled', domainname: 'example.test', extra_hosts: ['other.test:10.9.8.7'], dns: ['9.9.9.9'], dns_search: ['example.test'], dns_opt: ['ndots:2'] }, 'grep -c "10.9.8.7" /etc/hosts; hostname', /^1\ntitled$/),
    mac_address: one('card', { mac_address: '02:42:ac:11:65:43' }, 'cat /sys/class/net/eth0/address', /^02:42:ac:11:65:43$/),
    'rights': one('rights', { cap_add: ['NET_ADMIN'], cap_drop: ['MKNOD'], security_opt: ['no-new-privileges:true'], read_only: true, tmpfs: ['/tmp'], init: true, user: '1000:1000', group_add: ['44'], working_dir: '/tmp' }, 'id -u; id -G; pwd; grep NoNewPrivs /proc/self/status | cut -f2', /^1000\n1000 44\n\/tmp\n1$/),
    'stop signal, restart, logging, terminal': one('ended', { stop_signal: 'SIGTERM', restart: 'unless-stopped', logging: { driver: 'json-file', options: { 'max-size': '1m' } }, tty: true, stdin_open: true, expose: ['7000'], labels: { 'a.label': 'with = signs' } }),
    'health and conditions': {
      services: {
        base: stays({ healthcheck: { test: ['CMD', 'true'], interval: '1s', timeout: '20s', retries: 20 } }),
        job: { image: BUSYBOX_IMAGE, command: ['true'] },
        hidden: stays({ profiles: ['other'] }),
        top: stays({ depends_on: { base: { condition: 'service_healthy', restart: true }, job: { condition: 'service_completed_successfully' }, hidden: { condition: 'service_started', required: false } } }),
      },
    },
    profiles: { services: { secluded: stays({ profiles: ['other'] }) } },
    extends: one('extended', { extends: { file: './common.yml', service: 'common' } }, 'echo "$COMMON"', /^yes$/),
    'entrypoint and !reset': one('entry', { entrypoint: ['sh', '-c'], command: ["trap 'exit 0' TERM; sleep 100000 & wait"] }),
    'external network and volume': one('outside', { networks: ['theirs'], volumes: ['their_data:/theirs'] }, 'grep -c " /theirs " /proc/mounts', /^1$/),
    'no network': one('alone', { network_mode: 'none' }, 'ls /sys/class/net', /^lo$/),
  };
}

/** Side by side they would be more containers than a busy machine starts in time. */
const GROUPS = 3;
const NAMES = Object.keys(features({ subnet: '10.0.0', ports: 0, foreign: '' }));

let project: TestProject;
let world: World;
let all: { readonly [name: string]: Feature };
let foreign: string;

const docker = async (...words: readonly string[]): Promise<string> => (await run('docker', [...words], { maxBuffer: 1 << 24 })).stdout.trim();

async function compose(...words: readonly string[]): Promise<string> {
  const { PATH, HOME } = process.env;
  const { stdout, stderr } = await run('docker', ['compose', '-f', FILE, ...words], { cwd: project.dir, env: { PATH, HOME }, maxBuffer: 1 << 24 });
  return `${stdout}\n${stderr}`;
}

/** Id by name, jobs as well. */
async function containers(): Promise<{ readonly [name: string]: string }> {
  const text = await docker('ps', '-a', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`, '--format', '{{.Names}} {{.ID}}');
  return Object.fromEntries(text.split('\n').filter((line) => line !== '').map((line) => line.split(' ') as [string, string]).sort());
}

const plan = (): Promise<ModePlan> => world.modes.plan(project.dir, 'dev');

/** What a plan would do, apart from nothing. */
function doing(of: ModePlan): readonly string[] {
  return [...of.changes.filter((one) => one.action !== 'keep').map((one) => `${one.action} ${one.service}-${String(one.number)}: ${one.reasons.join('; ')}`), ...of.networksCreated.map((name) => `network ${name}`), ...of.networksRemoved.map((name) => `no network ${name}`), ...of.volumesCreated.map((name) => `volume ${name}`)];
}

async function freeRange(count: number): Promise<number> {
  for (;;) {
    const from = randomInt(20_000, 30_000);
    const open = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        new Promise<boolean>((resolve) => {
          const server = createServer();
          server.once('error', () => resolve(false));
          server.listen(from + index, '127.0.0.1', () => server.close(() => resolve(true)));
        }),
      ),
    );
    if (open.every((one) => one)) return from;
  }
}

async function proofs(): Promise<{ readonly [feature: string]: string }> {
  const named = Object.entries(all).flatMap(([feature, { proof }]) => (proof === undefined ? [] : [[feature, proof] as const]));
  const ids = await containers();
  return Object.fromEntries(
    await Promise.all(
      named.map(async ([feature, [service, shell]]) => {
        const id = ids[`${project.name}-${service}-1`] ?? ids[`${foreign}-${service}`] ?? '';
        return [feature, await docker('exec', id, 'sh', '-c', shell).catch((error: { stderr?: string }) => `failed: ${String(error.stderr)}`)] as const;
      }),
    ),
  );
}

function begin(group: number): Promise<void> {
  return beginWith((options) => Object.fromEntries(Object.entries(features(options)).filter((_, index) => index % GROUPS === group)));
}

async function beginWith(given: { readonly [name: string]: Feature } | ((options: Parameters<typeof features>[0]) => { readonly [name: string]: Feature })): Promise<void> {
  await ensureBusybox();
  project = await emptyProject('rt');
  foreign = `${project.name}-x`;
  const subnet = `10.${String(randomInt(120, 220))}.${String(randomInt(1, 250))}`;
  all = typeof given === 'function' ? given({ subnet, ports: await freeRange(6), foreign }) : given;
  await project.write(
    FILE,
    stringify({
      services: Object.assign({}, ...Object.values(all).map((one) => one.services)) as object,
      networks: { front: {}, back: { internal: true, driver_opts: { 'com.docker.network.bridge.enable_icc': 'true' }, labels: ['of=test'] }, addressed: { ipam: { config: [{ subnet: `${subnet}.0/24` }] } }, theirs: { external: true, name: `${foreign}-net` } },
      volumes: { kept: { labels: { of: 'test' } }, wave: {}, their_data: { external: true, name: `${foreign}-vol` } },
      secrets: { from_file: { file: './secret.txt' }, from_env: { environment: 'SECRET_OF_ENV' } },
      configs: { written: { content: 'word=${WORD_OF_ENV}\n' }, filed: { file: './filed.txt' } },
    }),
  );
  const files = {
    '.env': 'WORD_OF_ENV=of-env\nSECRET_OF_ENV=in the environment\n',
    'one.env': 'ONE=1\n',
    'secret.txt': 'in a file\n',
    'filed.txt': 'filed\n',
    'src/a.txt': 'a\n',
    'conf/b.txt': 'b\n',
    'common.yml': stringify({ services: { common: { environment: { COMMON: 'yes' } } } }),
    'built/Dockerfile': `FROM ${BUSYBOX_IMAGE} AS first\nARG WORD\nRUN echo "$WORD" > /word\nFROM first AS last\nRUN true\n`,
  };
  for (const [path, text] of Object.entries(files)) await project.write(path, text);
  await docker('network', 'create', '--label', `com.docker.compose.project=${foreign}`, `${foreign}-net`);
  await docker('volume', 'create', '--label', `com.docker.compose.project=${foreign}`, `${foreign}-vol`);
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }), tapped: false });
  const { engine, projects, deps } = world;
  const dependencies = { engine, projects, publish: () => undefined, clock: deps.clock, log: deps.log, lock: deps.lock };
  for (const kind of serviceOperations(dependencies, new ServicesService(dependencies))) world.operations.register(kind);
  await world.projects.open(project.dir, true);
}

async function end(): Promise<void> {
  await world.close();
  await compose('down', '-v', '-t', '1').catch(() => '');
  await project.close();
  await docker('network', 'rm', `${foreign}-net`).catch(() => '');
  await docker('volume', 'rm', `${foreign}-vol`).catch(() => '');
  await docker('image', 'rm', `${foreign}-tagged:one`).catch(() => '');
}

describe('what docker compose does each time', () => {
  beforeAll(() => beginWith({ each: { services: { each: { build: './built', pull_policy: 'build', command: STAYS, stop_grace_period: '2s' }, free: stays(), two: stays({ scale: 2 }) } } }), 60_000);
  afterAll(end, 120_000);

  it('leaves nothing to do for Berth: building at each `up`, and more containers than the files say', { timeout: 240_000 }, async () => {
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    expect(doing(await plan())).toEqual([]);
    // It builds an image of its own the first time; from then on it has it.
    await compose('up', '-d');
    expect(doing(await plan())).toEqual([]);
    const before = await containers();
    expect((await compose('up', '-d')).split('\n').filter((line) => /recreate|creat(?:e|ing)d?$|started/i.test(line))).toEqual([]);
    expect(await containers()).toEqual(before);
    await compose('up', '-d', '--scale', 'free=3');
    const scaled = await containers();
    expect(Object.keys(scaled).filter((name) => name.includes('-free-'))).toHaveLength(3);
    expect(doing(await plan())).toEqual([]);
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    expect(await containers()).toEqual(scaled);
    await compose('up', '-d');
    expect(await containers()).toEqual(before);
    expect(doing(await plan())).toEqual([]);
    // What is paused goes on.
    await compose('pause', 'free');
    expect(doing(await plan())).toEqual(['start free-1: is paused']);
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    expect([await containers(), await docker('inspect', '-f', '{{.State.Status}}', `${project.name}-free-1`)]).toEqual([before, 'running']);
    expect(doing(await plan())).toEqual([]);
    // A number in the files is what they say, whoever asked for more.
    await compose('up', '-d', '--scale', 'two=3');
    expect(doing(await plan())).toEqual(['remove two-3: dev runs 2 of it']);
  });
});

it('has enough features to say so', () => expect(NAMES.length).toBeGreaterThanOrEqual(25));

describe.each(Array.from({ length: GROUPS }, (_, group) => [NAMES.filter((_name, index) => index % GROUPS === group).join(', '), group] as const))('made by Berth and by docker compose in turn: %s', (_title, group) => {
  let ofBerth: { readonly [feature: string]: string };

  beforeAll(() => begin(group), 60_000);
  afterAll(end, 120_000);

  it('is made by Berth, every feature runs, and docker compose makes nothing anew', { timeout: 240_000 }, async () => {
    const ended = await world.switchTo(project.dir, 'dev');
    expect(ended.error).toBeNull();
    ofBerth = await proofs();
    for (const [feature, { proof }] of Object.entries(all)) if (proof !== undefined) expect.soft(ofBerth[feature], feature).toMatch(proof[2]);
    expect(doing(await plan())).toEqual([]);
    const before = await containers();
    const said = await compose('up', '-d');
    expect(said.split('\n').filter((line) => /recreate|creat|started/i.test(line) && !/-job-1/.test(line))).toEqual([]);
    expect(await containers()).toEqual(before);
    expect(doing(await plan())).toEqual([]);
  });

  it('leaves nothing to do after docker compose restarted, stopped and started it', { timeout: 240_000 }, async () => {
    const before = await containers();
    await compose('restart', '-t', '2');
    expect(doing(await plan())).toEqual([]);
    await compose('stop', '-t', '2');
    await compose('start');
    expect(doing(await plan())).toEqual([]);
    expect(await containers()).toEqual(before);
    if (all['hook pre_stop'] !== undefined) expect(await docker('exec', `${project.name}-waved-1`, 'cat', '/wave/said')).toMatch(/^bye/);
  });

  it('is made by docker compose: every feature does the same, and Berth finds nothing to do', { timeout: 240_000 }, async () => {
    // Networks stay: when many containers go at once on a busy machine, Docker at times keeps an endpoint of one that is gone, and can never remove the network.
    await compose('stop', '-t', '2');
    await compose('rm', '-f');
    await compose('up', '-d');
    const ofCompose = await proofs();
    expect(ofCompose).toEqual(ofBerth);
    expect(doing(await plan())).toEqual([]);
    const before = await containers();
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    expect(await containers()).toEqual(before);
  });

  it('is stopped, started and restarted by Berth, and docker compose makes nothing anew', { timeout: 240_000 }, async () => {
    const before = await containers();
    for (const verb of ['stop', 'start', 'restart']) {
      const { id } = await world.operations.enqueue(`services.${verb}`, { project: project.dir, services: [] });
      expect((await world.operations.wait(id, 120_000)).error).toBeNull();
    }
    expect((await compose('up', '-d')).split('\n').filter((line) => /recreate|creat|started/i.test(line) && !/-job-1/.test(line))).toEqual([]);
    expect(await containers()).toEqual(before);
    expect(doing(await plan())).toEqual([]);
  });
});

import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, engineJson, engineRequest, testSocketPath } from './images';
import { freePort, freePorts } from './private-engine';

const FIXTURES_DIR = resolve(import.meta.dirname ?? 'test/support', '../fixtures/projects');
const PROJECT_LABEL = 'com.docker.compose.project';

/** A compose project in a temp folder, under a name nothing else has. */
export interface TestProject {
  /** The compose project name; it is also the folder's name. */
  readonly name: string;
  readonly dir: string;
  /** Host port per service that publishes one. */
  readonly ports: Readonly<Record<string, number>>;
  /** Writes a file of the project, folders included. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  read(path: string): Promise<string>;
  /** Removes the folder and exactly the containers, networks, volumes and images that carry this project's name. */
  close(): Promise<void>;
}

/** Options every project takes. */
export interface ProjectOptions {
  /** The engine the project is cleaned up on; default: the one the tests run against. */
  readonly socketPath?: string;
  /** Files to write over or besides the project's own. */
  readonly files?: Readonly<Record<string, string>>;
}

/** An empty project folder with these files: the base of all the others. */
export async function emptyProject(kind: string, options: ProjectOptions & { readonly ports?: Readonly<Record<string, number>> } = {}): Promise<TestProject> {
  const parent = await mkdtemp(join(tmpdir(), 'bt-prj-'));
  const name = `bt-${kind}-${randomBytes(4).toString('hex')}`;
  const dir = join(parent, name);
  await mkdir(dir);
  const project: TestProject = {
    name,
    dir,
    ports: options.ports ?? {},
    write: async (path, content) => {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), content);
    },
    read: async (path) => readFile(join(dir, path), 'utf8'),
    close: async () => {
      await removeProjectObjects(name, options.socketPath ?? testSocketPath());
      await rm(parent, { recursive: true, force: true });
    },
  };
  for (const [path, content] of Object.entries(options.files ?? {})) await project.write(path, content);
  return project;
}

/** FX-ops: ai-brain, automation-service, an HTTP api, a database-like service on `postgres_data`, `./shared`, network `opsconductor-dev`. */
export async function opsProject(options: ProjectOptions = {}): Promise<TestProject> {
  const ports = { api: await freePort(), database: await freePort() };
  const project = await emptyProject('ops', { ...options, ports, files: {} });
  await cp(join(FIXTURES_DIR, 'ops'), project.dir, { recursive: true });
  await project.write('.env', `BASE_IMAGE=${BUSYBOX_IMAGE}\nAPI_PORT=${ports.api}\nDATABASE_PORT=${ports.database}\n`);
  for (const [path, content] of Object.entries(options.files ?? {})) await project.write(path, content);
  return project;
}

/** How the chain behaves. */
export interface ChainOptions extends ProjectOptions {
  /** False: api, worker and web run as a PID 1 that SIGTERM does not reach, like `npm run dev` does. */
  readonly obeySigterm: boolean;
  /** How many services it has. Default: six. More are more of the same: each further four are another api, worker, web and proxy over the same db and redis. */
  readonly count?: number;
  /** How often health checks run. Default: once a second. */
  readonly interval?: string;
}

type ComposeService = Record<string, unknown>;

const CHAIN_EDGES: Readonly<Record<string, readonly string[]>> = {
  db: [],
  redis: [],
  api: ['db', 'redis'],
  worker: ['db', 'redis'],
  web: ['api'],
  proxy: ['web'],
};
/** The shell is PID 1 and ends on SIGTERM. */
const OBEYING_SERVER = "trap 'exit 0' TERM; httpd -f -p 8080 -h /srv & wait";
/** The server itself is PID 1 and has no handler, so the kernel drops SIGTERM. */
const IGNORING_SERVER = 'exec httpd -f -p 8080 -h /srv';
const CHAIN_CHANGED = ['api', 'worker', 'web'];

/** What each service of a chain of this many waits for. */
function chainEdges(count: number): Readonly<Record<string, readonly string[]>> {
  const edges: Record<string, readonly string[]> = { ...CHAIN_EDGES };
  for (let number = 2; Object.keys(edges).length < count; number += 1) {
    const named = (name: string): string => (name === 'db' || name === 'redis' ? name : `${name}-${String(number)}`);
    for (const name of ['api', 'worker', 'web', 'proxy']) if (Object.keys(edges).length < count) edges[named(name)] = (CHAIN_EDGES[name] ?? []).map(named);
  }
  return edges;
}

/** The services of a chain of this many that differ between its modes. */
export function chainChanged(count: number): readonly string[] {
  return Object.keys(chainEdges(count)).filter((name) => CHAIN_CHANGED.includes(name.replace(/-\d+$/, '')));
}

/** The chain, of six services db, redis -> api, worker -> web -> proxy; dev and clean differ in api, worker and web. Every service answers HTTP on its port. */
export async function chainProject(options: ChainOptions): Promise<TestProject> {
  const edges = chainEdges(options.count ?? 6);
  const changed = chainChanged(options.count ?? 6);
  const services = Object.keys(edges);
  const free = await freePorts(services.length);
  const ports = Object.fromEntries(services.map((service, index) => [service, free[index] ?? 0]));
  const project = await emptyProject('chain', { ...options, ports, files: {} });
  for (const service of changed) await project.write(`${service}/index.html`, `${service} from the working folder\n`);
  for (const [file, mode] of [['docker-compose.dev.yml', 'dev'], ['docker-compose.clean.yml', 'clean']] as const) {
    const model = {
      services: Object.fromEntries(services.map((service) => [service, chainService({ service, waitsFor: edges[service] ?? [], changed: changed.includes(service) }, mode, ports[service] ?? 0, options)])),
      volumes: { db_data: {} },
    };
    await project.write(file, stringify(model));
  }
  for (const [path, content] of Object.entries(options.files ?? {})) await project.write(path, content);
  return project;
}

function chainService({ service, waitsFor, changed }: { readonly service: string; readonly waitsFor: readonly string[]; readonly changed: boolean }, mode: 'dev' | 'clean', port: number, { obeySigterm, interval = '1s' }: ChainOptions): ComposeService {
  // The programs that do not change are well behaved in both variants, as databases are.
  const obeys = obeySigterm || !changed;
  return {
    image: BUSYBOX_IMAGE,
    command: ['sh', '-c', `[ -f /srv/index.html ] || echo baked > /srv/index.html; ${obeys ? OBEYING_SERVER : IGNORING_SERVER}`],
    ports: [`127.0.0.1:${port}:8080`],
    healthcheck: { test: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8080/'], interval, timeout: '2s', retries: 10 },
    ...(changed ? { environment: { APP_MODE: mode } } : {}),
    ...(changed && mode === 'dev' ? { volumes: [`./${service}:/srv:ro`] } : {}),
    ...(service === 'db' ? { volumes: ['db_data:/var/lib/data'] } : {}),
    ...dependsOn(waitsFor),
  };
}

function dependsOn(names: readonly string[]): ComposeService {
  return names.length === 0 ? {} : { depends_on: Object.fromEntries(names.map((name) => [name, { condition: 'service_healthy' }])) };
}

/** Twenty services in four layers with volumes, ports and mounts, without health checks: for timing plans and observation. */
export async function twentyServices(options: ProjectOptions = {}): Promise<TestProject> {
  const project = await emptyProject('twenty', { ...options, files: {} });
  const names = Array.from({ length: 20 }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);
  for (const [file, mode] of [['docker-compose.dev.yml', 'dev'], ['docker-compose.clean.yml', 'clean']] as const) {
    const services = names.map((name, index): [string, ComposeService] => [
      name,
      {
        image: BUSYBOX_IMAGE,
        command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"],
        environment: { APP_MODE: index % 2 === 0 ? mode : 'any', INDEX: String(index) },
        volumes: [`data-${index % 4}:/data`, ...(mode === 'dev' && index % 2 === 0 ? [`./${name}:/app/src:ro`] : [])],
        ...(index < 5 ? {} : { depends_on: [names[index - 5] ?? ''] }),
      },
    ]);
    await project.write(file, stringify({ services: Object.fromEntries(services), volumes: { 'data-0': {}, 'data-1': {}, 'data-2': {}, 'data-3': {} } }));
  }
  for (const name of names) await project.write(`${name}/index.txt`, `${name}\n`);
  for (const [path, content] of Object.entries(options.files ?? {})) await project.write(path, content);
  return project;
}

/** A writable copy of the bundled sample under a name, volumes and ports of its own. */
export async function sampleProject(baseImage: string, options: ProjectOptions = {}): Promise<TestProject> {
  const ports = { api: await freePort(), web: await freePort(), store: await freePort() };
  const project = await emptyProject('sample', { ...options, ports, files: {} });
  const source = resolve(FIXTURES_DIR, '../../../resources/samples/portfolio');
  for (const entry of await readdir(source)) await cp(join(source, entry), join(project.dir, entry), { recursive: true });
  for (const file of ['docker-compose.dev.yml', 'docker-compose.clean.yml']) {
    const text = await project.read(file);
    await project.write(file, text.replace(/^name: .*$/m, `name: ${project.name}`).replace(/^(\s+name: )portfolio_/gm, `$1${project.name}_`));
  }
  await project.write('.env', `BASE_IMAGE=${baseImage}\nAPI_PORT=${ports.api}\nWEB_PORT=${ports.web}\nSTORE_PORT=${ports.store}\nHEALTH_INTERVAL=1s\n`);
  for (const [path, content] of Object.entries(options.files ?? {})) await project.write(path, content);
  return project;
}

interface Listed {
  readonly Id: string;
}

/** Removes what carries this project's label, and the images tagged for it. Nothing else. */
export async function removeProjectObjects(name: string, socketPath: string = testSocketPath()): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${PROJECT_LABEL}=${name}`] }));
  const containers = await engineJson<Listed[]>('GET', `/containers/json?all=1&filters=${filters}`, { socketPath });
  await Promise.all(containers.map(({ Id }) => engineRequest('DELETE', `/containers/${Id}?force=1&v=1`, { socketPath })));
  const networks = await engineJson<Listed[]>('GET', `/networks?filters=${filters}`, { socketPath });
  for (const { Id } of networks) await engineRequest('DELETE', `/networks/${Id}`, { socketPath });
  // Those that a restore put aside carry Berth's own label only.
  for (const label of [PROJECT_LABEL, 'dev.berth.project']) {
    const volumes = await engineJson<{ readonly Volumes: readonly { readonly Name: string }[] | null }>('GET', `/volumes?filters=${encodeURIComponent(JSON.stringify({ label: [`${label}=${name}`] }))}`, { socketPath });
    for (const { Name } of volumes.Volumes ?? []) await engineRequest('DELETE', `/volumes/${Name}`, { socketPath });
  }
  const images = await engineJson<readonly { readonly RepoTags: readonly string[] | null }[]>('GET', '/images/json', { socketPath });
  const tags = images.flatMap((image) => image.RepoTags ?? []).filter((tag) => tag.startsWith(`${name}-`));
  for (const tag of tags) await engineRequest('DELETE', `/images/${tag}?force=1`, { socketPath });
  // A build in between leaves the image it replaced without a tag, but with its labels.
  const untagged = await engineJson<Listed[]>('GET', `/images/json?filters=${filters}`, { socketPath });
  for (const { Id } of untagged) await engineRequest('DELETE', `/images/${Id}?force=1`, { socketPath });
}

import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FixAction } from '@shared/domain/checks/facts';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openChecksWorld, type ChecksWorld } from './kit';

const run = promisify(execFile);
const DEV = 'docker-compose.dev.yml';
const CLEAN = 'docker-compose.clean.yml';

interface Case {
  /** The parts of the service `api`; a comment stands at the end of each line that a fix has to leave alone. */
  readonly api: string;
  readonly rest?: string;
  readonly mode?: 'dev' | 'prod';
  readonly files?: { readonly [path: string]: string };
  readonly folder?: string;
  /** What `diff -r` says of the files before and after, numbers of ports aside. */
  readonly diff: readonly string[];
  /** Permission bits of a path after the fix. */
  readonly permissions?: readonly [path: string, mode: number];
}

let world: ChecksWorld;
let port: number;
const listener = createServer();
const shared = `bt-fix-undo-${String(process.pid)}`;
const stranger = `${shared}-stranger`;

/** One of each kind of fix. A new kind has no case, and this does not compile. Dialogs change nothing by themselves; a volume is mounted together with its declaration. */
const cases = (): { readonly [K in Exclude<FixAction['kind'], 'recreate-service' | 'open' | 'mount-volume'>]: Case } => ({
  'create-file': { api: 'volumes: ["./deep/app.conf:/etc/app.conf"] # keep', diff: ['Only in AFTER: deep'] },
  'create-folder': { api: 'volumes: ["./src:/data"] # keep', diff: ['Only in AFTER: src'] },
  'replace-folder-by-file': { api: 'volumes: ["./left.conf:/etc/left.conf"] # keep', folder: 'left.conf', diff: ['File BEFORE/left.conf is a directory while file AFTER/left.conf is a regular empty file'] },
  'set-host-port': { api: `ports:\n      - "127.0.0.1:${String(port)}:80"   # web, keep me`, diff: ['<       - "127.0.0.1:PORT:80"   # web, keep me', '>       - "127.0.0.1:PORT:80"   # web, keep me'] },
  'set-host-ip': { api: 'ports: [ "0.0.0.0:65123:80" ]  # keep', diff: ['<     ports: [ "0.0.0.0:PORT:80" ]  # keep', '>     ports: [ "127.0.0.1:PORT:80" ]  # keep'] },
  'set-source': { api: 'volumes:\n      - ./Config:/app/config # capital', files: { 'config/a': '' }, diff: ['<       - ./Config:/app/config # capital', '>       - ./config:/app/config # capital'] },
  'set-target': { api: 'volumes:\n      - ./init.sql:/docker-entrypoint-initdb.d:ro # into it', files: { 'init.sql': '' }, diff: ['<       - ./init.sql:/docker-entrypoint-initdb.d:ro # into it', '>       - ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro # into it'] },
  'move-mount': { api: 'volumes:\n      - ./flow:/app/flow:ro # moved', files: { 'core/flow/a': '' }, diff: ['<       - ./flow:/app/flow:ro # moved', '>       - ./core/flow:/app/core/flow:ro # moved'] },
  'set-read-only': { api: 'volumes:\n      - ./app.conf:/etc/app.conf # writable', files: { 'app.conf': '' }, mode: 'prod', diff: ['<       - ./app.conf:/etc/app.conf # writable', '>       - ./app.conf:/etc/app.conf:ro # writable'] },
  'remove-mount': { api: 'volumes: # two\n      - ./src:/app/src # keep\n      - ./gone:/gone', files: { 'src/a': '' }, diff: ['<       - ./gone:/gone'] },
  'set-permissions': { api: 'user: "1234:1234"\n    volumes: ["./private.txt:/private.txt"] # keep', files: { 'private.txt': 'x' }, diff: [], permissions: ['private.txt', 0o644] },
  'set-depends-on': { api: 'depends_on:\n      - db # keep', rest: '  db:\n    healthcheck: { test: ["CMD", "true"] }\n', diff: ['<       - db # keep', '>       db: # keep', '>         condition: service_healthy'] },
  'set-subnet': {
    api: 'networks:\n      one: {}\n      two: { ipv4_address: 10.231.7.5 } # fixed',
    rest: 'networks:\n  one: { ipam: { config: [{ subnet: 10.231.0.0/16 }] } }\n  two:\n    ipam:\n      config:\n        - subnet: "10.231.7.0/24" # mine\n          gateway: 10.231.7.1\n',
    diff: ['<       two: { ipv4_address: 10.231.7.5 } # fixed', '>       two: { ipv4_address: 10.232.0.5 } # fixed', '<         - subnet: "10.231.7.0/24" # mine', '<           gateway: 10.231.7.1', '>         - subnet: "10.232.0.0/24" # mine', '>           gateway: 10.232.0.1'],
  },
  'set-port-range': { api: `ports: ["127.0.0.1:${String(port)}-${String(port + 1)}:80-81"] # two\n    environment: { URL: "http://localhost:${String(port)}/x" }`, diff: ['<     ports: ["127.0.0.1:RANGE:80-81"] # two', '<     environment: { URL: "http://localhost:PORT/x" }', '>     ports: ["127.0.0.1:RANGE:80-81"] # two', '>     environment: { URL: "http://localhost:PORT/x" }'] },
  'rename-reference': { api: 'depends_on: [databse] # keep', rest: '  database:\n    image: IMAGE\n', diff: ['<     depends_on: [databse] # keep', '>     depends_on: [database] # keep'] },
  'drop-reference': { api: 'depends_on: # two\n      - gone\n      - db # keep', rest: '  db:\n    healthcheck: { test: ["CMD", "true"] }\n', diff: ['<       - gone'] },
  declare: { api: 'networks: [back] # keep', diff: ['> networks:', '>   back: {}'] },
  'set-healthcheck': { api: 'expose: ["80"] # keep', rest: '  web:\n    image: IMAGE\n    depends_on: { api: { condition: service_healthy } } # waits\n', diff: ['<     healthcheck: { disable: true }', expect.stringMatching(/^>     healthcheck: \{ test: \[CMD-SHELL, "nc -z -w 1 127\.0\.0\.1 80 .*\}$/) as string] },
  'join-network': { api: 'depends_on: { db: { condition: service_healthy } }\n    networks: [front] # keep', rest: '  db:\n    healthcheck: { test: ["CMD", "true"] } # db\nnetworks:\n  front: {}\n', diff: ['>     networks: [default, front]'] },
  'set-build': { api: 'build: { context: ., target: prd } # keep', files: { Dockerfile: 'FROM scratch AS prod\n' }, diff: ['<     build: { context: ., target: prd } # keep', '>     build: { context: ., target: prod } # keep'] },
  together: { api: 'volumes: ["./src:/data"] # here', files: { 'src/a': '', [CLEAN]: `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    volumes: ["more:/data"]\nvolumes:\n  more: {}\n` }, diff: ['<     volumes: ["./src:/data"] # here', '>     volumes: ["more:/data"] # here', '> volumes:', '>   more: {}'] },
  'remove-entry': { api: 'isolation: hyperv # windows\n    init: true # keep', diff: ['<     isolation: hyperv # windows'] },
  'rename-key': { api: 'retsart: always # keep', diff: ['<     retsart: always # keep', '>     restart: always # keep'] },
  'edit-lines': { api: 'build: . # keep', files: { Dockerfile: 'FROM scratch\nRUNN echo # keep\n' }, diff: ['< RUNN echo # keep', '> RUN echo # keep'] },
  'set-variable': { api: 'command: ["x$BERTH_TEST_UNSET"] # keep', files: { '.env': '# mine\nA=1' }, diff: ['< A=1', '> A=1', '> BERTH_TEST_UNSET='] },
  'drop-variable': { api: 'environment: { LEVEL: "2" } # keep\n    env_file: api.env', files: { 'api.env': 'FIRST=1 # keep\nLEVEL=1\n' }, diff: ['< LEVEL=1'] },
  'use-external': { api: 'networks: [edge] # keep', rest: `networks:\n  edge: { name: ${stranger} } # somebody's\n`, diff: [`<   edge: { name: ${stranger} } # somebody's`, `>   edge: { name: ${stranger}, external: true } # somebody's`] },
  'use-own': { api: 'networks: [edge] # keep', rest: `networks:\n  edge: # somebody's\n    name: ${stranger}\n    driver: bridge\n`, diff: [`<     name: ${stranger}`] },
  'create-network': { api: 'networks: [edge] # keep', rest: `networks:\n  edge: { external: true, name: ${shared} }\n`, diff: [] },
  'create-volume': { api: 'volumes: ["kept:/kept"] # keep', rest: `volumes:\n  kept: { external: true, name: ${shared} }\n`, diff: [] },
});

beforeAll(async () => {
  await ensureBusybox();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  await engineJson('POST', '/networks/create', { body: { Name: stranger } });
  world = await openChecksWorld();
});
afterAll(async () => {
  for (const kind of ['networks', 'volumes']) await engineRequest('DELETE', `/${kind}/${shared}`);
  await engineRequest('DELETE', `/networks/${stranger}`);
  await new Promise((done) => listener.close(done));
  await world.close();
});

async function projectOf(one: Case): Promise<TestProject> {
  const image = `    image: ${BUSYBOX_IMAGE}   # base\n`;
  const rest = (one.rest ?? '').replace(/^ {2}db:\n/, (line) => `${line}${image}`).replace('    image: IMAGE\n', image);
  const text = `# my project\nservices:\n  api:\n${image}    ${one.api}\n    healthcheck: { disable: true }\n${rest}`;
  const project = await emptyProject('undo', { files: { [one.mode === 'prod' ? CLEAN : DEV]: text, ...one.files } });
  if (one.folder !== undefined) await mkdir(join(project.dir, one.folder));
  if (one.permissions !== undefined) await chmod(join(project.dir, one.permissions[0]), 0o600);
  await world.projects.trust(project.dir);
  return project;
}

/** What `diff` says, line by line; an empty list when every byte is the same. */
async function diffOf(before: string, after: string): Promise<readonly string[]> {
  const { stdout } = await run('diff', ['-r', '-x', '.berth', before, after]).catch((error: { readonly stdout: string }) => error);
  return stdout
    .split('\n')
    .filter((line) => /^([<>] |Only|File)/.test(line))
    .map((line) => line.replaceAll(before, 'BEFORE').replaceAll(after, 'AFTER').replace(/:\d{4,5}-\d{4,5}:/g, ':RANGE:').replace(/:\d{4,5}([:/])/g, ':PORT$1'));
}

const modeOf = async (dir: string, path: string): Promise<number> => (await lstat(join(dir, path))).mode & 0o777;

describe('a fix changes the lines it names and nothing else, and taking it back gives every byte again', () => {
  it.each(Object.entries(casesByName()))('%s', async (kind, makeCase) => {
    const one = makeCase();
    const mode = one.mode ?? 'dev';
    const project = await projectOf(one);
    const before = `${project.dir}.before`;
    try {
      await cp(project.dir, before, { recursive: true });
      const fix = (await world.run(project.dir, mode)).flatMap((finding) => finding.fixes).find(({ id }) => id.startsWith(`${kind}:`));
      const fixed = await world.fix(project.dir, { mode, fixes: [fix?.id ?? ''] });
      expect(fixed.error).toBeNull();
      expect(await diffOf(before, project.dir)).toEqual(one.diff);
      if (one.permissions !== undefined) expect(await modeOf(project.dir, one.permissions[0])).toBe(one.permissions[1]);
      expect((await world.run(project.dir, mode)).flatMap((finding) => finding.fixes).map(({ id }) => id)).not.toContain(fix?.id);

      // What is made on the engine is no change of files: there is nothing to take back.
      if (kind === 'create-network' || kind === 'create-volume') return;
      const undone = await world.undo(fixed.id);
      expect(undone.error).toBeNull();
      expect(await diffOf(before, project.dir)).toEqual([]);
      if (one.permissions !== undefined) expect(await modeOf(project.dir, one.permissions[0])).toBe(0o600);
      if (one.folder !== undefined) expect((await lstat(join(project.dir, one.folder))).isDirectory()).toBe(true);
    } finally {
      await project.close();
      await rm(before, { recursive: true, force: true });
    }
  });
});

/** The names are needed before the port is known. */
function casesByName(): { readonly [kind: string]: () => Case } {
  const kinds = Object.keys(cases()) as (keyof ReturnType<typeof cases>)[];
  return Object.fromEntries(kinds.map((kind) => [kind, () => cases()[kind]]));
}

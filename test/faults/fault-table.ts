import { mkdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { BUSYBOX_IMAGE, engineJson, engineRequest } from '../support/images';
import { hungMount } from '../support/hung-mount';
import type { TestProject } from '../support/projects';

/** What a fault is injected into. */
export interface Victim {
  readonly project: TestProject;
  /** A port that nobody has. */
  readonly port: number;
}

/** Something that goes wrong outside of Berth, and what its user must be told. */
export interface Fault {
  readonly name: string;
  readonly exit: number;
  /** The sentence, with the name of what is wrong. */
  readonly says: RegExp;
  /** What to do next. */
  readonly next: RegExp;
  /** What stands in the project's one file; without it the fault lies elsewhere. */
  readonly compose?: (victim: Victim) => string;
  /** Makes the rest of it and returns what takes it away again. */
  readonly inject?: (victim: Victim) => Promise<() => Promise<unknown>>;
}

const SLEEPS = `["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]`;

/** The project without a fault: one service. `more` is written into it, `after` behind it. */
export function web(more = '', after = '', image = `    image: ${BUSYBOX_IMAGE}\n`): string {
  return `services:\n  web:\n${image}    command: ${SLEEPS}\n    healthcheck: { disable: true }\n${more}${after}`;
}
const published = ({ port }: Victim): string => web(`    ports: ["127.0.0.1:${String(port)}:80"]\n`);
const built = (build: string): string => web('', '', `    build: ${build}\n`);
const withFile = (path: string, text: string) => async ({ project }: Victim): Promise<() => Promise<unknown>> => {
  await project.write(path, text);
  return () => rm(join(project.dir, path), { recursive: true });
};
const container = async (name: string, body: object): Promise<() => Promise<unknown>> => {
  const { Id: id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${name}`, { body: { Image: BUSYBOX_IMAGE, Cmd: ['sleep', '100000'], ...body } });
  await engineJson('POST', `/containers/${id}/start`);
  return () => engineRequest('DELETE', `/containers/${id}?force=1&v=1`);
};

/** In files: what they say cannot be. */
const FILES: readonly Fault[] = [
  { name: 'YAML that cannot be parsed', exit: 2, says: /docker-compose\.dev\.yml:\d+/, next: /Correct it there/, compose: () => 'services:\n  web:\n    image: x\n   ports: [\n' },
  { name: 'a variable that must be set', exit: 2, says: /DB_PASSWORD.*tell me/, next: /Set it in the \.env file/, compose: () => web('    environment: { PASSWORD: "${DB_PASSWORD:?tell me}" }\n') },
  { name: 'a variable written wrong', exit: 2, says: /\$\{DB/, next: /\$\$/, compose: () => web('    environment: { PASSWORD: "${DB PASSWORD}" }\n') },
  { name: 'an env file that is not there', exit: 2, says: /gone\.env.*does not exist/, next: /Correct it there/, compose: () => web('    env_file: gone.env\n') },
  {
    name: 'a link to itself in place of the file',
    exit: 2,
    says: /docker-compose\.dev\.yml is a link that leads in a circle/,
    next: /Remove the link/,
    inject: async ({ project }) => {
      await rm(join(project.dir, 'docker-compose.dev.yml'));
      await symlink('docker-compose.dev.yml', join(project.dir, 'docker-compose.dev.yml'));
      return () => rm(join(project.dir, 'docker-compose.dev.yml'));
    },
  },
  { name: 'services that wait for each other', exit: 4, says: /DEPENDENCY_CYCLE.*web.*other/, next: /Take one of them out of depends_on/, compose: () => web('    depends_on: [other]\n', `  other:\n    image: ${BUSYBOX_IMAGE}\n    depends_on: [web]\n`) },
  { name: 'a network that is not defined', exit: 4, says: /UNDEFINED_NETWORK.*nowhere/, next: /top-level key networks/, compose: () => web('    networks: [nowhere]\n') },
  { name: 'a service that is not there any more', exit: 4, says: /UNDEFINED_SERVICE.*automation/, next: /Take it out of depends_on, or put the service back/, compose: () => web('    depends_on: [automation]\n') },
  { name: 'a missing Dockerfile', exit: 4, says: /DOCKERFILE_MISSING.*built\/Dockerfile/, next: /Correct the path, or write the file/, compose: () => built('./built'), inject: withFile('built/other', '') },
  { name: 'a stage that the Dockerfile does not have', exit: 4, says: /BUILD_TARGET_UNKNOWN.*nostage/, next: /Its stages are base/, compose: () => built('{ context: ./built, target: nostage }'), inject: withFile('built/Dockerfile', `FROM ${BUSYBOX_IMAGE} AS base\n`) },
];

/** On this machine: disks, ports, other processes. */
const MACHINE: readonly Fault[] = [
  { name: 'a missing mount', exit: 4, says: /BIND_SOURCE_MISSING.*\.\/gone/, next: /fix: Create the folder \.\/gone/, compose: () => web('    volumes: ["./gone:/data"]\n') },
  { name: 'a folder where a file belongs', exit: 4, says: /BIND_SOURCE_TYPE.*\.\/folder/, next: /cannot be mounted onto a file/, compose: () => web('    volumes: ["./folder:/etc/app.json"]\n'), inject: withFile('folder/x', '') },
  {
    name: 'an empty folder that Docker left behind',
    exit: 4,
    says: /BIND_SOURCE_LEFTOVER.*\.\/app\.conf/,
    next: /fix: Replace the empty folder/,
    compose: () => web('    volumes: ["./app.conf:/etc/app.conf"]\n'),
    inject: async ({ project }) => {
      await mkdir(join(project.dir, 'app.conf'));
      return () => rm(join(project.dir, 'app.conf'), { recursive: true });
    },
  },
  {
    name: 'a mount of a link to itself',
    exit: 4,
    says: /BIND_SOURCE_MISSING.*\.\/loop, a link that leads nowhere/,
    next: /Let it point to what is meant, or remove it/,
    compose: () => web('    volumes: ["./loop:/data"]\n'),
    inject: async ({ project }) => {
      await symlink('loop', join(project.dir, 'loop'));
      return () => rm(join(project.dir, 'loop'));
    },
  },
  {
    name: 'a port that a process has',
    exit: 4,
    says: new RegExp(`PORT_TAKEN.*\\(pid ${String(process.pid)}\\)`),
    next: /fix: Use port \d+ instead/,
    compose: published,
    inject: async ({ port }) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      return () => new Promise((done) => server.close(done));
    },
  },
  {
    name: 'a port that a container has',
    exit: 4,
    says: /PORT_TAKEN.*the container \S+-holder/,
    next: /fix: Use port \d+ instead/,
    compose: published,
    inject: ({ project, port }) => container(`${project.name}-holder`, { ExposedPorts: { '80/tcp': {} }, HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } } }),
  },
  {
    name: 'another process that changes the project',
    exit: 1,
    says: new RegExp(`process ${String(process.pid)}`),
    next: /Wait until it has finished/,
    compose: () => web('    environment: { NEW: "1" }\n'),
    inject: withFile('.berth/lock', JSON.stringify({ pid: process.pid, started: '', boot: '' })),
  },
];

/** On the engine. */
const ENGINE: readonly Fault[] = [
  { name: 'an external network that nobody made', exit: 4, says: /EXTERNAL_NETWORK_MISSING.*berth-test-nowhere/, next: /fix: Create the network berth-test-nowhere/, compose: () => web('    networks: [edge]\n', 'networks:\n  edge: { name: berth-test-nowhere, external: true }\n') },
  {
    name: 'a container name that is taken',
    exit: 4,
    says: /CONTAINER_NAME_TAKEN.*-holder/,
    next: /drop container_name/,
    compose: ({ project }) => web(`    container_name: ${project.name}-holder\n`),
    inject: ({ project }) => container(`${project.name}-holder`, {}),
  },
  { name: 'an image that cannot be pulled', exit: 1, says: /web: The registry of 127\.0\.0\.1:9\/nothing:1 cannot be reached/, next: /Look whether this computer is online/, compose: () => web('', '', '    image: 127.0.0.1:9/nothing:1\n') },
  { name: 'a build that fails', exit: 1, says: /web: The build failed at line 2 of the Dockerfile.*built\/Dockerfile:2/, next: /The last lines of the build say more/, compose: () => built('./built'), inject: withFile('built/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nRUN echo cannot go on && exit 7\n`) },
  { name: 'a service that exits at once', exit: 1, says: /web did not come up: it ended with code 3/, next: /it is broken\nIts last log lines say more; fix it, then switch again/, compose: () => web().replace(SLEEPS, '["sh", "-c", "echo it is broken; exit 3"]') },
  {
    name: 'a service that never gets healthy',
    exit: 1,
    says: /web did not come up: its health check fails: no database/,
    next: /^Fix it, then switch again/m,
    compose: () => web().replace('{ disable: true }', '{ test: ["CMD-SHELL", "echo no database; exit 1"], interval: 1s, retries: 1 }'),
  },
];

/** Needs a file system that can be made to hang. */
export const HANGS: Fault = {
  name: 'a mount that does not answer',
  exit: 4,
  says: /BIND_SOURCE_UNRESPONSIVE.*\.\/hung/,
  next: /Mount it again or unmount it/,
  compose: () => web('    volumes: ["./hung:/data"]\n'),
  inject: ({ project }) => hungMount(join(project.dir, 'hung')),
};

export const FAULTS: readonly Fault[] = [...FILES, ...MACHINE, ...ENGINE];

import { execFile } from 'node:child_process';
import { mkdir, rename } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { execIn, idsOf, inspectAll } from '../modes/small-shop';
import { openEditWorld, type EditWorld } from './kit';

const run = promisify(execFile);
const SLEEP = `    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n`;
const SERVER = `    command: ["sh", "-c", "mkdir -p /srv; echo ok > /srv/index.html; trap 'exit 0' TERM; httpd -f -p 80 -h /srv & wait"]\n    stop_grace_period: 2s\n`;

let world: EditWorld;
let project: TestProject;

beforeEach(async () => {
  await ensureBusybox();
  project = await emptyProject('edit');
  world = await openEditWorld();
});
afterEach(async () => {
  await world.close();
  await project.close();
});

/** In place of the one whose checks find nothing. */
async function checkedWorld(): Promise<void> {
  await world.close();
  world = await openEditWorld({ checked: true });
}

async function write(files: { readonly [path: string]: string }): Promise<void> {
  for (const [path, text] of Object.entries(files)) await project.write(path, text);
  await world.projects.open(project.dir, true);
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });

describe('compose.healthcheck', () => {
  const text = `# mine\nservices:\n  api: # it\n    image: ${BUSYBOX_IMAGE}\n${SERVER}    expose: ["80"]\n  db:\n    image: ${BUSYBOX_IMAGE}\n${SLEEP}`;
  const healthOf = async (): Promise<string> => {
    const id = (await idsOf(project))['api'] ?? '';
    return (await run('docker', ['inspect', '--format', '{{.State.Health.Status}}', id])).stdout.trim();
  };
  const becomes = (status: string): Promise<void> => expect.poll(healthOf, { timeout: 60_000, interval: 200 }).toBe(status);

  it('makes a running service healthy, unhealthy when its endpoint breaks, and is taken back to the byte', async () => {
    await write({ 'compose.yaml': text });
    const mode = (await world.projects.resolve(project.dir)).modes[0]?.name ?? '';
    expect((await world.switchTo(project.dir, mode)).error).toBeNull();
    const before = await idsOf(project);
    const ended = await world.change('compose.healthcheck', { project: project.dir, service: 'api', kind: 'http', path: '/', intervalSeconds: 1, timeoutSeconds: 2, retries: 2, startPeriodSeconds: 0 });
    expect(ended.error).toBeNull();
    expect(ended).toMatchObject({ state: 'succeeded', undoable: true, result: { files: ['compose.yaml'] } });
    const after = await idsOf(project);
    expect([after['db'] === before['db'], after['api'] === before['api']]).toEqual([true, false]);
    await becomes('healthy');
    await execIn(project, 'api', 'rm /srv/index.html');
    await becomes('unhealthy');
    expect((await world.undo(ended.id)).state).toBe('succeeded');
    expect(await project.read('compose.yaml')).toBe(text);
    await expect(healthOf()).rejects.toThrow();
  });

  it('asks a port and a command too, and refuses a port it cannot know', async () => {
    await write({ 'compose.yaml': text });
    const common = { project: project.dir, intervalSeconds: 1, timeoutSeconds: 2, retries: 3, startPeriodSeconds: 0, path: '/' };
    const mode = (await world.projects.resolve(project.dir)).modes[0]?.name ?? '';
    await expect(world.change('compose.healthcheck', { ...common, service: 'db', kind: 'tcp' })).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(world.change('compose.healthcheck', { ...common, service: 'web', kind: 'http' })).rejects.toMatchObject({ code: 'service-not-found' });
    expect((await world.change('compose.healthcheck', { ...common, service: 'api', kind: 'tcp' })).error).toBeNull();
    expect((await world.change('compose.healthcheck', { ...common, service: 'db', kind: 'command', command: 'A=1; test "$A" = 1' })).error).toBeNull();
    // A switch waits until both are healthy.
    expect((await world.switchTo(project.dir, mode)).error).toBeNull();
    await becomes('healthy');
    expect((await world.change('compose.healthcheck', { ...common, service: 'api', kind: 'none' })).error).toBeNull();
    expect((await world.change('compose.healthcheck', { ...common, service: 'db', kind: 'none' })).error).toBeNull();
    expect(await project.read('compose.yaml')).toBe(text);
  });
});

describe('compose.remap-ports', () => {
  it('moves every port of five services, and what points to them, and nothing else', async () => {
    const ports = await Promise.all(Array.from({ length: 6 }, () => freePort()));
    const [a = 0, b = 0, c = 0, d = 0, e = 0, free = 0] = ports;
    const offset = free > 50_000 ? -1000 : 1000;
    const head = (name: string): string => `  ${name}:\n    image: ${BUSYBOX_IMAGE} # base\n${SERVER}`;
    const base = `services:\n${head('one')}    ports: ["127.0.0.1:${String(a)}:80"] # short\n    environment:\n      TWO_URL: "http://localhost:${String(b)}/x" # two\n      PLAIN: "${String(b)}"\n      TO_DB: http://db:${String(b)}\n${head('two')}    ports:\n      - target: 80\n        published: ${String(b)}\n        host_ip: 127.0.0.1\n${head('three')}    ports: ["127.0.0.1:\${THREE_PORT}:80"]\n    env_file: three.env\n`;
    const dev = `services:\n${head('four')}    ports: ["127.0.0.1:${String(d)}-${String(d)}:80"]\n${head('five')}    ports: ["127.0.0.1:\${FIVE_PORT:-${String(e)}}:80"]\n    environment: [ "ALL=http://127.0.0.1:${String(d)},http://host.docker.internal:${String(c)}" ]\n`;
    const dotenv = `# ports\nTHREE_PORT=${String(c)} # third\nTHREE_URL=http://localhost:${String(c)}\n`;
    const env = `# see http://localhost:${String(a)}\nONE_URL='http://localhost:${String(a)}/'\n`;
    const files = { 'compose.yaml': base, 'compose.dev.yaml': dev, '.env': dotenv, 'three.env': env, 'berth.yaml': 'modes:\n  dev:\n    files: [compose.yaml, compose.dev.yaml]\n  prod:\n    files: [compose.yaml]\n' };
    await write(files);
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    const ended = await world.change('compose.remap-ports', { project: project.dir, offset, services: [] });
    expect(ended.error).toBeNull();
    const moved = (port: number): string => String(port + offset);
    let wanted = { ...files };
    for (const port of [a, b, c, d, e]) wanted = Object.fromEntries(Object.entries(wanted).map(([path, text]) => [path, text.replaceAll(String(port), moved(port))])) as typeof files;
    // What is no published port, and no address of this machine, stays.
    wanted['compose.yaml'] = wanted['compose.yaml'].replace(`PLAIN: "${moved(b)}"`, `PLAIN: "${String(b)}"`).replace(`http://db:${moved(b)}`, `http://db:${String(b)}`);
    wanted['three.env'] = wanted['three.env'].replace(`# see http://localhost:${moved(a)}`, `# see http://localhost:${String(a)}`);
    for (const [path, text] of Object.entries(wanted)) expect(await project.read(path)).toBe(text);
    const now = await Promise.all([a, b, c, d, e].map((port) => answers(port + offset)));
    const old = await Promise.all([a, b, c, d, e].map((port) => answers(port)));
    expect([now, old]).toEqual([Array(5).fill(true), Array(5).fill(false)]);
    expect(await execIn(project, 'one', 'echo $TWO_URL')).toBe(`http://localhost:${moved(b)}/x\n`);
    expect((await world.undo(ended.id)).state).toBe('succeeded');
    for (const [path, text] of Object.entries(files)) expect(await project.read(path)).toBe(text);
    expect(await Promise.all([a, b, c, d, e].map((port) => answers(port)))).toEqual(Array(5).fill(true));
  });

  it('puts everything back where a variable decides more than the port', async () => {
    const text = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    ports: ["127.0.0.1:\${P}:\${P}"]\n`;
    await write({ 'compose.yaml': text, '.env': 'P=18001\n' });
    const ended = await world.change('compose.remap-ports', { project: project.dir, offset: 1000, services: [] });
    expect(ended).toMatchObject({ state: 'rolled-back', error: { code: 'fix-failed' } });
    expect([await project.read('compose.yaml'), await project.read('.env')]).toEqual([text, 'P=18001\n']);
    await expect(world.change('compose.remap-ports', { project: project.dir, offset: 60_000, services: [] })).rejects.toMatchObject({ code: 'fix-failed' });
  });
});

describe('compose.rename-network', () => {
  it('moves every service, and the old network goes with the next switch', async () => {
    const name = `${project.name}-ops`;
    const dev = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n${SLEEP}    networks: [ops] # here\n  b:\n    image: ${BUSYBOX_IMAGE}\n${SLEEP}    networks:\n      ops: { aliases: [bee] }\nnetworks:\n  ops:\n    name: ${name}\n`;
    await write({ 'docker-compose.dev.yml': dev, 'docker-compose.clean.yml': dev.replaceAll('# here', '# prod') });
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    const ended = await world.change('compose.rename-network', { project: project.dir, network: name, to: `${name}2` });
    expect(ended.error).toBeNull();
    expect(ended.result).toMatchObject({ files: ['docker-compose.dev.yml', 'docker-compose.clean.yml'] });
    expect(await project.read('docker-compose.dev.yml')).toBe(dev.replace(`name: ${name}`, `name: ${name}2`));
    const keyed = await world.change('compose.rename-network', { project: project.dir, network: 'ops', to: 'core' });
    expect(keyed.error).toBeNull();
    expect(await project.read('docker-compose.dev.yml')).toBe(dev.replace(`name: ${name}`, `name: ${name}2`).replaceAll(/\bops\b(?=[\]:])/g, 'core'));
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    const { stdout } = await run('docker', ['network', 'ls', '--format', '{{.Name}}', '--filter', `name=${name}`]);
    expect(stdout.trim().split('\n')).toEqual([`${name}2`]);
    for (const one of await inspectAll(project)) expect(Object.keys((one as unknown as { NetworkSettings: { Networks: object } }).NetworkSettings.Networks)).toEqual([`${name}2`]);
    await expect(world.change('compose.rename-network', { project: project.dir, network: 'nothing', to: 'x' })).rejects.toMatchObject({ code: 'not-found' });
    expect((await world.undo(keyed.id)).state).toBe('succeeded');
    expect((await world.undo(ended.id)).state).toBe('succeeded');
    expect(await project.read('docker-compose.dev.yml')).toBe(dev);
  });
});

describe('compose.resubnet', () => {
  const range = `10.${String(10 + (process.pid % 80))}.${String(process.pid % 250)}`;
  const text = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n${SLEEP}    networks:\n      ops: { ipv4_address: ${range}.9 } # fixed\n  b:\n    image: ${BUSYBOX_IMAGE}\n${SLEEP}networks:\n  ops:\n    ipam: { config: [ { subnet: "${range}.0/25" } ] }\n`;
  const moved = text.replaceAll(`${range}.9`, `${range}.137`).replace(`${range}.0/25`, `${range}.128/25`);

  it('moves the network and the addresses in it in every mode; the next switch makes it and its services anew', async () => {
    // A mode that leaves the range to the engine has nothing to write.
    const open = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    networks: [ops]\nnetworks: { ops: {} }\n`;
    await write({ 'docker-compose.dev.yml': text, 'docker-compose.clean.yml': text.replace('# fixed', '# prod'), 'docker-compose.staging.yml': open });
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    const before = await idsOf(project);
    const ended = await world.change('compose.resubnet', { project: project.dir, network: 'ops', to: `${range}.128/25` });
    expect(ended.error).toBeNull();
    expect(ended.result).toMatchObject({ files: ['docker-compose.dev.yml', 'docker-compose.clean.yml'] });
    expect([await project.read('docker-compose.dev.yml'), await project.read('docker-compose.clean.yml')]).toEqual([moved, moved.replace('# fixed', '# prod')]);
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    const after = await idsOf(project);
    expect([after['a'] === before['a'], after['b'] === before['b']]).toEqual([false, true]);
    expect(await execIn(project, 'a', 'ip -4 addr show eth0')).toContain(`${range}.137/25`);
    const { stdout } = await run('docker', ['network', 'inspect', '--format', '{{range .IPAM.Config}}{{.Subnet}}{{end}}', `${project.name}_ops`]);
    expect(stdout.trim()).toBe(`${range}.128/25`);
    expect((await world.undo(ended.id)).state).toBe('succeeded');
    expect(await project.read('docker-compose.dev.yml')).toBe(text);
  });

  it('says what cannot be', async () => {
    await write({ 'compose.yaml': `${text.replace('networks:\n  ops:', `  c:\n    image: ${BUSYBOX_IMAGE}\n    networks: [open, near]\nnetworks:\n  ops:`)}  open: {}\n  near: { ipam: { config: [{ subnet: 10.9.0.0/25 }] } }\n` });
    const refused = (network: string, to: string): Promise<unknown> => world.change('compose.resubnet', { project: project.dir, network, to }).then(() => null, (error: unknown) => (error as Error).message);
    expect(await refused('ops', 'wide')).toBe('"wide" is no range of addresses.');
    expect(await refused('ops', '10.9.0.0/16')).toContain('must be as large');
    expect(await refused('ops', '10.9.0.0/25')).toBe('10.9.0.0/25 overlaps with the range of the network near.');
    expect(await refused('open', '10.9.1.0/25')).toContain('the engine chooses one');
    expect(await refused('nobody', '10.9.1.0/25')).toContain('has no network called nobody');
    expect(await refused('ops', `${range}.0/25`)).toContain('already');
  });
});

describe('compose.rename-network of the network nobody names', () => {
  it('gives it a name in each mode, once', async () => {
    const service = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n`;
    const base = `${service}networks:\n  default: { driver: bridge }\n`;
    const files = { 'docker-compose.dev.yml': service, 'docker-compose.clean.yml': base };
    await write(files);
    const ended = await world.change('compose.rename-network', { project: project.dir, network: 'default', to: 'core' });
    expect(ended.error).toBeNull();
    expect(await project.read('docker-compose.dev.yml')).toBe(`${service}networks:\n  default:\n    name: core\n`);
    expect(await project.read('docker-compose.clean.yml')).toBe(base.replace('bridge }', 'bridge, name: core }'));
  });
});

describe('compose.relocate', () => {
  const NAMES = ['one', 'two', 'three', 'four'];
  const service = (name: string, mode: string): string => `  ${name}: # ${mode}\n    image: ${project.name}-${name}\n    build:\n      context: ./${name}\n    volumes:\n      - ./${name}/src:/app/${name}/src:ro   # code\n${SLEEP}`;
  const file = (mode: string): string => `# ${mode}\nservices:\n${NAMES.map((name) => service(name, mode)).join('')}`;

  async function four(): Promise<{ readonly dev: string; readonly clean: string }> {
    const [dev, clean] = [file('dev'), file('clean')];
    await write({
      'docker-compose.dev.yml': dev,
      'docker-compose.clean.yml': clean,
      ...Object.fromEntries(NAMES.flatMap((name) => [[`${name}/Dockerfile`, `FROM ${BUSYBOX_IMAGE}\nCOPY src /app/${name}/src\n`], [`${name}/src/a.txt`, `${name}\n`]])),
    });
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    await mkdir(join(project.dir, 'microservices'));
    for (const name of NAMES) await rename(join(project.dir, name), join(project.dir, 'microservices', name));
    return { dev, clean };
  }
  const moved = (text: string): string => text.replaceAll(/\.\/(?=one|two|three|four)/g, './microservices/');

  it('follows four moved services in one plan, in every mode, and builds them', async () => {
    const { dev, clean } = await four();
    const before = await idsOf(project);
    const ended = await world.change('compose.relocate', { project: project.dir, from: '.', to: 'microservices' });
    expect(ended.error).toBeNull();
    expect([await project.read('docker-compose.dev.yml'), await project.read('docker-compose.clean.yml')]).toEqual([moved(dev), moved(clean)]);
    const after = await idsOf(project);
    expect(Object.keys(after).filter((name) => after[name] === before[name])).toEqual([]);
    expect(await execIn(project, 'three', 'cat /app/three/src/a.txt')).toBe('three\n');
  });

  it('leaves both files byte for byte and the old containers running when one of them does not build', async () => {
    const { dev, clean } = await four();
    const before = await idsOf(project);
    await project.write('microservices/two/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nRUN exit 3\n`);
    const ended = await world.change('compose.relocate', { project: project.dir, from: '.', to: 'microservices' });
    expect(ended.state).toBe('rolled-back');
    expect([await project.read('docker-compose.dev.yml'), await project.read('docker-compose.clean.yml')]).toEqual([dev, clean]);
    expect(await idsOf(project)).toEqual(before);
  });

  it('follows folders that were moved to several places one after the other; containers are made anew with the last one', async () => {
    await checkedWorld();
    const { dev, clean } = await four();
    await mkdir(join(project.dir, 'apps'));
    await rename(join(project.dir, 'microservices', 'two'), join(project.dir, 'apps', 'two'));
    const before = await idsOf(project);
    const first = await world.change('compose.relocate', { project: project.dir, from: '.', to: 'microservices' });
    expect(first.error).toBeNull();
    const halfway = (text: string): string => text.replaceAll(/\.\/(?=one|three|four)/g, './microservices/');
    expect([await project.read('docker-compose.dev.yml'), await project.read('docker-compose.clean.yml')]).toEqual([halfway(dev), halfway(clean)]);
    expect(await idsOf(project)).toEqual(before);
    const second = await world.change('compose.relocate', { project: project.dir, from: 'two', to: 'apps/two' });
    expect(second.error).toBeNull();
    const whole = (text: string): string => halfway(text).replaceAll('./two', './apps/two');
    expect([await project.read('docker-compose.dev.yml'), await project.read('docker-compose.clean.yml')]).toEqual([whole(dev), whole(clean)]);
    const after = await idsOf(project);
    expect(Object.keys(after).filter((name) => after[name] === before[name])).toEqual([]);
    expect(await execIn(project, 'two', 'cat /app/two/src/a.txt')).toBe('two\n');
  });

  it.each([
    ['by the build', false],
    ['by the checks', true],
  ])('says which line of a Dockerfile copies what was moved, and that everything was put back: refused %s', async (_, checked) => {
    if (checked) await checkedWorld();
    const text = `services:\n  a:\n    build: ./a\n    volumes: ["./a/src:/app/src:ro"]\n${SLEEP}`;
    await write({ 'compose.yaml': text, 'a/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY src /app/src\n`, 'a/src/a.txt': 'a\n' });
    const mode = (await world.projects.resolve(project.dir)).modes[0]?.name ?? '';
    expect((await world.switchTo(project.dir, mode)).error).toBeNull();
    const before = await idsOf(project);
    await rename(join(project.dir, 'a/src'), join(project.dir, 'a/code'));

    const line = './a/Dockerfile line 2 (COPY) copies src, which is now ./a/code: write code there';
    const ended = await world.change('compose.relocate', { project: project.dir, from: 'a/src', to: 'a/code' });
    expect(ended).toMatchObject({ state: 'rolled-back', error: { code: checked ? 'blocked' : 'build-failed', message: `${line}. This command does not change Dockerfiles.`, hint: expect.stringContaining('The files were put back') as string } });
    expect([await project.read('compose.yaml'), await idsOf(project)]).toEqual([text, before]);

    // Where nothing else points to it, it is said before anything is done.
    await project.write('compose.yaml', text.replace(/ {4}volumes.*\n/, ''));
    await expect(world.change('compose.relocate', { project: project.dir, from: 'a/src', to: 'a/code' })).rejects.toMatchObject({ code: 'fix-failed', message: `No compose file points to what was moved, but ${line}.`, where: { line: 2 } });
  });

  it('changes paths inside containers only when asked, mends a mode that does not load, and names what is not there', async () => {
    const text = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    env_file: ./brain/flow/a.env\n    volumes: ["./brain/flow:/app/flow"]\n${SLEEP}`;
    await write({ 'compose.yaml': text, 'brain/flow/a.env': 'A=1\n' });
    await expect(world.change('compose.relocate', { project: project.dir, from: 'brain/flow', to: 'brain/core/flow' })).rejects.toMatchObject({ code: 'not-found' });
    await mkdir(join(project.dir, 'brain/core'));
    await rename(join(project.dir, 'brain/flow'), join(project.dir, 'brain/core/flow'));
    const ended = await world.change('compose.relocate', { project: project.dir, from: 'brain/flow', to: 'brain/core/flow', targets: true });
    expect(ended.error).toBeNull();
    expect(await project.read('compose.yaml')).toBe(text.replaceAll('./brain/flow', './brain/core/flow').replace('/app/flow', '/app/core/flow'));
    await expect(world.change('compose.relocate', { project: project.dir, from: 'brain/flow', to: 'brain/core/flow' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

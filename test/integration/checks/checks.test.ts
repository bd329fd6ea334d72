import { createServer, type Server } from 'node:net';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding } from '@shared/domain/findings/finding';
import { BUSYBOX_IMAGE, engineJson, engineRequest } from '../../support/images';
import { startNeighbour } from '../../support/neighbours';
import { freePort } from '../../support/private-engine';
import { twentyServices } from '../../support/projects';
import { openChecksWorld, useChecksWorld } from './kit';

const { world, cleanup, project } = useChecksWorld('ck');

async function listen(port: number, host = '0.0.0.0'): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  cleanup(() => new Promise((resolve) => server.close(resolve)));
  return server;
}

/** A container of nobody's project that publishes a port. */
async function foreignContainer(name: string, port: number): Promise<string> {
  const { Id: id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${name}`, {
    body: { Image: BUSYBOX_IMAGE, Cmd: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], ExposedPorts: { '80/tcp': {} }, HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } } },
  });
  cleanup(() => engineRequest('DELETE', `/containers/${id}?force=true&v=true`));
  await engineJson('POST', `/containers/${id}/start`);
  return id;
}

const codes = (findings: readonly Finding[]): readonly string[] => findings.map((finding) => finding.code);
const compose = (api: string): string => `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n${api}    healthcheck: { test: ["CMD", "true"] }\n`;

describe('checks on a real machine', () => {
  it('names the process that listens on a port, and its pid', async () => {
    const port = await freePort();
    await listen(port);
    const made = await project({ 'compose.yaml': compose(`    ports:\n      - "127.0.0.1:${port}:80" # web\n`) });
    const [finding, ...rest] = await world.run(made.dir);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ code: 'PORT_TAKEN', severity: 'error', service: 'api', where: { line: 5 } });
    expect(finding?.message).toContain(`(pid ${process.pid})`);
  });

  it('is not misled by a listener on another address', async () => {
    const port = await freePort();
    await listen(port, '127.0.0.2');
    const made = await project({ 'compose.yaml': compose(`    ports: ["127.0.0.1:${port}:80"]\n`) });
    expect(await world.run(made.dir)).toEqual([]);
  });

  it('names a foreign container, not its docker-proxy; one that is to be stopped is no conflict', async () => {
    const port = await freePort();
    const name = `bt-ck-${process.pid}-web`;
    const id = await foreignContainer(name, port);
    const made = await project({ 'compose.yaml': compose(`    ports: ["127.0.0.1:${port}:80"]\n`) });
    const [finding] = await world.run(made.dir);
    expect(finding?.message).toBe(`Port 127.0.0.1:${port} of api is taken by the container ${name}.`);
    const loaded = await world.projects.loadMode(made.dir, 'default');
    expect(codes(await world.checks.run(loaded, await world.engine.observe(made.name, []), { stopping: [id] }))).toEqual([]);
  });

  it('says of a stopped container without a restart policy that it would clash if it were started', async () => {
    const port = await freePort();
    const name = `bt-ck-${process.pid}-asleep`;
    const id = await foreignContainer(name, port);
    await engineRequest('POST', `/containers/${id}/kill`);
    await engineRequest('POST', `/containers/${id}/wait`);
    const made = await project({ 'compose.yaml': compose(`    ports: ["127.0.0.1:${port}:80"]\n`) });
    const [finding, ...rest] = await world.run(made.dir);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ code: 'PORT_CLAIMED', severity: 'info', service: 'api', message: `Port 127.0.0.1:${port} of api is also published by the container ${name}, which is stopped now.` });
  });

  it('its own running container is no conflict', async () => {
    const port = await freePort();
    const made = await project({ 'compose.yaml': compose(`    ports: ["127.0.0.1:${port}:80"]\n`) });
    const { Id: id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${made.name}-api-1`, {
      body: {
        Image: BUSYBOX_IMAGE,
        Cmd: ['sleep', '100000'],
        ExposedPorts: { '80/tcp': {} },
        Labels: { 'com.docker.compose.project': made.name, 'com.docker.compose.service': 'api', 'com.docker.compose.oneoff': 'False', 'com.docker.compose.project.working_dir': made.dir },
        HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } },
      },
    });
    await engineJson('POST', `/containers/${id}/start`);
    expect(await world.run(made.dir)).toEqual([]);
  });

  it('the same project name from another folder', async () => {
    const made = await project({ 'compose.yaml': compose('') });
    const neighbour = await startNeighbour({ project: made.name });
    cleanup(() => neighbour.close());
    expect(await world.run(made.dir)).toMatchObject([{ code: 'PROJECT_NAME_TAKEN', severity: 'error' }]);
  });

  it('sees what lies at the sources: missing, left over, wrong kind, other case, a link outside', async () => {
    const made = await project({
      'compose.yaml': compose(
        '    volumes:\n      - ./service/old-file.py:/app/old-file.py\n      - ./left.conf:/etc/left.conf\n      - ./folder:/etc/app.json\n      - ./Config:/app/config\n      - ./out:/out\n      - ./init.sql:/docker-entrypoint-initdb.d\n      - ./fine:/fine\n',
      ),
      'folder/x': '',
      'config/x': '',
      'fine/x': '',
      'init.sql': '',
    });
    await mkdir(join(made.dir, 'left.conf'));
    await symlink('/etc', join(made.dir, 'out'));
    const findings = await world.run(made.dir);
    expect(findings.map((finding) => [finding.where?.line, finding.code])).toEqual([
      [5, 'BIND_SOURCE_MISSING'],
      [6, 'BIND_SOURCE_LEFTOVER'],
      [7, 'BIND_SOURCE_TYPE'],
      [8, 'BIND_SOURCE_CASE'],
      [9, 'BIND_SOURCE_LEAVES_PROJECT'],
      [10, 'BIND_SOURCE_TYPE'],
    ]);
    expect(findings[0]).toMatchObject({ where: { file: join(made.dir, 'compose.yaml') }, message: 'api mounts ./service/old-file.py, which does not exist.' });
  });

  it('the folder an engine leaves behind for a missing file is recognised', async () => {
    const made = await project({ 'compose.yaml': compose('    volumes: ["./service/old-file.py:/app/old-file.py"]\n') });
    // A raw `docker run -v` does exactly this.
    const { Id: id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${made.name}-raw`, { body: { Image: BUSYBOX_IMAGE, Cmd: ['true'], HostConfig: { Binds: [`${made.dir}/service/old-file.py:/app/old-file.py`] } } });
    cleanup(() => engineRequest('DELETE', `/containers/${id}?force=true`));
    await engineRequest('POST', `/containers/${id}/start`);
    expect(await world.run(made.dir)).toMatchObject([{ code: 'BIND_SOURCE_LEFTOVER', severity: 'error', fixes: [{ title: 'Replace the empty folder ./service/old-file.py by an empty file' }] }]);
  });

  it('a seeded project has exactly one finding of each of the six kinds, a clean one none', async () => {
    const port = await freePort();
    const clean: { [path: string]: string } = {
      'docker-compose.dev.yml': `services:
  api:
    build: ./api
    ports: ["127.0.0.1:${port}:80"]
    volumes: ["./src:/app/src"]
    depends_on:
      db: { condition: service_healthy }
  db:
    image: ${BUSYBOX_IMAGE}
    healthcheck: { test: ["CMD", "true"] }
    volumes: ["data:/data"]
volumes:
  data: {}
`,
      'api/Dockerfile': `FROM ${BUSYBOX_IMAGE}\n`,
      'src/main.py': '',
    };
    expect(await world.run((await project(clean)).dir, 'dev')).toEqual([]);

    await listen(port, '127.0.0.1');
    const dev = clean['docker-compose.dev.yml'] ?? '';
    const seeded: { [path: string]: string } = {
      'src/main.py': '',
      'docker-compose.dev.yml': dev
        .replace('./src:/app/src', './gone:/app/src')
        .replace('    healthcheck: { test: ["CMD", "true"] }\n', '    healthcheck: { disable: true }\n    networks: [edge]\n')
        .replace('depends_on:', 'networks: [edge, nowhere]\n    depends_on:')
        .replace('    volumes: ["data:/data"]\n', `    volumes: ["data:/data"]\n    command: ["sleep", "1"]\n`)
        .concat(`networks:\n  edge: { external: true, name: bt-ck-missing }\n`),
    };
    const findings = await world.run((await project(seeded)).dir, 'dev');
    expect([...codes(findings)].sort()).toEqual(['BIND_SOURCE_MISSING', 'BUILD_CONTEXT_MISSING', 'DEPENDENCY_WITHOUT_HEALTHCHECK', 'EXTERNAL_NETWORK_MISSING', 'PORT_TAKEN', 'UNDEFINED_NETWORK']);
    expect(findings.every((finding) => finding.severity === 'error' && finding.where?.line !== undefined)).toBe(true);
  });

  it('code from the host in prod is refused', async () => {
    const made = await project({ 'docker-compose.clean.yml': compose('    volumes: ["./src:/app/src", "./nginx.conf:/etc/nginx/nginx.conf:ro"]\n'), 'src/x': '', 'nginx.conf': '' });
    expect((await world.run(made.dir, 'prod')).map((finding) => `${finding.severity} ${finding.code}`)).toEqual(['error BIND_IN_PROD', 'warning BIND_CONFIG_IN_PROD']);
  });

  it('checks twenty services in well under two seconds', async () => {
    const made = await twentyServices();
    cleanup(() => made.close());
    await world.run(made.dir, 'dev');
    const startMs = performance.now();
    const findings = await world.run(made.dir, 'dev');
    const tookMs = performance.now() - startMs;
    expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
    expect(tookMs).toBeLessThan(2000);
  });

  it('an engine that does not answer is a warning; the rest is checked', async () => {
    const made = await project({ 'compose.yaml': compose('    volumes: ["./gone:/x"]\n') });
    const other = await openChecksWorld({ dockerHost: 'unix:///nonexistent/docker.sock' });
    try {
      expect(codes(await other.run(made.dir))).toEqual(['BIND_SOURCE_MISSING', 'ENGINE_NOT_ASKED']);
    } finally {
      await other.close();
    }
  });

  it('an unreadable source', async () => {
    const made = await project({ 'compose.yaml': compose('    volumes: ["./key:/x"]\n') });
    await writeFile(join(made.dir, 'key'), '', { mode: 0o000 });
    // Root reads everything.
    expect(codes(await world.run(made.dir))).toEqual(process.getuid?.() === 0 ? [] : ['BIND_SOURCE_UNREADABLE']);
  });
});

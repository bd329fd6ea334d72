import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { OperationProgress } from '@shared/domain/operations/operation';
import type { AppError } from '@shared/kernel/app-error';
import { ComposeService } from '@main/compose';
import { systemClock } from '@main/platform/system-clock';
import { BUSYBOX_IMAGE, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { dockerConfig, pushImage, startLocalRegistry, startRegistryProxy, type LocalRegistry } from '../../support/registry';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from './kit';
import { execIn, idsOf } from './small-shop';

const run = promisify(execFile);
const SECRETS = { file: `f1le-${randomBytes(12).toString('hex')}`, variable: `v4r-${randomBytes(12).toString('hex')}` };
const STAYS = { command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '2s' };

let hours = 0;
let world: World;
let registry: LocalRegistry;
const projects: TestProject[] = [];

beforeAll(async () => {
  await ensureBusybox();
  registry = await startLocalRegistry({ closed: false });
  world = await openWorld({
    grants: ['build:secrets'],
    compose: new ComposeService({ spawn: parseHere, environment: { BUILD_TOKEN: SECRETS.variable } }),
    change: (deps) => ({ ...deps, clock: { ...systemClock, now: () => systemClock.now() + hours * 3_600_000, monotonic: () => systemClock.monotonic() } }),
  });
}, 300_000);
afterAll(async () => {
  await world?.close();
  for (const project of projects) await project.close();
  await registry?.stop();
});

async function made(kind: string, files: { readonly [path: string]: string }): Promise<TestProject> {
  const project = await emptyProject(kind, { files });
  projects.push(project);
  return project;
}

/** What a plan would change, by service. */
async function changed(project: TestProject): Promise<{ readonly [service: string]: string }> {
  const { changes } = await world.modes.plan(project.dir, 'default');
  return Object.fromEntries(changes.filter((one) => one.action !== 'keep').map((one) => [one.service, one.action]));
}

/** Every byte in a folder, files of the store too. */
async function bytesBeneath(dir: string): Promise<Buffer> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  return Buffer.concat(await Promise.all(entries.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name)))));
}

describe('a mode whose builds take secrets and further contexts', () => {
  let project: TestProject;
  const compose = {
    services: {
      base: { build: './base', ...STAYS },
      app: { build: { context: './app', secrets: ['token', { source: 'variable', target: 'other' }], additional_contexts: { foundation: 'service:base', shared: './shared', plain: `docker-image://${BUSYBOX_IMAGE}` } }, ...STAYS },
    },
    secrets: { token: { file: './token.txt' }, variable: { environment: 'BUILD_TOKEN' } },
  };

  beforeAll(async () => {
    project = await made('builds', {
      'compose.yaml': stringify(compose),
      'base/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nRUN echo one > /foundation.txt\n`,
      'app/Dockerfile':
        'FROM foundation\nCOPY --from=shared lib.txt /lib.txt\nCOPY --from=plain /bin/busybox /plain\n' +
        // The engine's cache knows nothing of secrets: a line of its own, so that it is run.
        `RUN : ${randomBytes(4).toString('hex')}\n` +
        'RUN --mount=type=secret,id=token,required --mount=type=secret,id=other,required cat /run/secrets/token /run/secrets/other && cat /run/secrets/token /run/secrets/other | sha256sum | cut -c1-64 > /sum\n',
      'shared/lib.txt': 'lib one\n',
      'token.txt': SECRETS.file,
    });
  });

  it('names each secret before the first build, and builds nothing until that was agreed to', async () => {
    await world.projects.open(project.dir, false);
    const asked = await world.switchTo(project.dir, 'default').then((one) => one.error, (error: unknown) => error);
    expect(asked).toMatchObject({ code: 'trust-required' });
    const texts = ((asked as AppError).details?.['trustQuestions'] as readonly string[]).join('\n');
    expect(texts).toContain('token.txt, as the secret token');
    expect(texts).toContain('the variable BUILD_TOKEN of this computer, as the secret other');
    await world.projects.trust(project.dir);
  });

  it('builds first what another is built from, tells each step, and keeps no secret anywhere', async () => {
    const seen: OperationProgress[] = [];
    const subscription = world.events.subscribe((batch) => {
      for (const { event } of batch) if (event.type === 'operation.changed') seen.push(event.operation.progress);
    });
    const operation = await world.switchTo(project.dir, 'default');
    subscription.dispose();
    expect(operation.error).toBeNull();
    expect(await execIn(project, 'app', 'cat /foundation.txt /lib.txt && test -x /plain')).toBe('one\nlib one\n');
    const { stdout } = await run('sh', ['-c', `printf %s%s ${SECRETS.file} ${SECRETS.variable} | sha256sum | cut -c1-64`]);
    expect(await execIn(project, 'app', 'cat /sum')).toBe(stdout);
    expect(seen.map((one) => one.message).join('\n')).toMatch(/^Building app, step \d+ of \d+: \S/m);
    const images = await run('docker', ['inspect', `${project.name}-app:berth-default`]);
    const plan = await world.modes.plan(project.dir, 'default');
    const kept = [await bytesBeneath(world.home), Buffer.from(JSON.stringify([seen, plan, operation, await world.operations.list({ limit: 50 })])), Buffer.from(images.stdout)];
    for (const secret of Object.values(SECRETS)) expect(kept.some((bytes) => bytes.includes(secret))).toBe(false);
  });

  it('builds nothing without a reason: not for nothing, not for another value of a secret', async () => {
    expect(await changed(project)).toEqual({});
    await project.write('token.txt', `${SECRETS.file}-new`);
    expect(await changed(project)).toEqual({});
    const before = await idsOf(project);
    expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
    expect(await idsOf(project)).toEqual(before);
    await project.write('token.txt', SECRETS.file);
  });

  it('runs nothing stale: a further folder, and what another is built from, count as sources', async () => {
    await project.write('shared/lib.txt', 'lib two\n');
    expect(await changed(project)).toEqual({ app: 'recreate' });
    expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
    expect(await execIn(project, 'app', 'cat /lib.txt')).toBe('lib two\n');
    await project.write('base/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nRUN echo two > /foundation.txt\n`);
    expect(await changed(project)).toEqual({ app: 'recreate', base: 'recreate' });
    expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
    expect(await execIn(project, 'app', 'cat /foundation.txt')).toBe('two\n');
    expect(await changed(project)).toEqual({});
  });

  it('asks again when a secret shall come from somewhere else', async () => {
    await project.write('compose.yaml', stringify({ ...compose, secrets: { ...compose.secrets, token: { file: '/etc/hostname' } } }));
    const asked = await world.switchTo(project.dir, 'default').then((one) => one.error, (error: unknown) => error);
    expect(asked).toMatchObject({ code: 'trust-required' });
    await project.write('compose.yaml', stringify(compose));
  });
});

describe('pull policies', () => {
  it('fetch as often as they say', async () => {
    const name = `bt-policy/${randomBytes(4).toString('hex')}`;
    const config = await dockerConfig({});
    // An image of its own: the engine counts the age of an image, not of a name.
    const fresh = `${name}:fresh`;
    await run('sh', ['-c', `printf 'FROM ${BUSYBOX_IMAGE}\\nLABEL own=${name}\\n' | docker build -q -t ${fresh} -`]);
    await pushImage(fresh, `${registry.host}/${name}:1`, config.dir);
    await run('docker', ['rmi', fresh]);
    await config.remove();
    let fetched = 0;
    const proxy = await startRegistryProxy(registry.host, (request) => {
      if (request.url?.includes('/manifests/1') === true) fetched += 1;
      return false;
    });
    const image = `${proxy.host}/${name}:1`;
    const project = await made('policy', { 'compose.yaml': 'services: {}' });
    let opened = false;
    /** Whether the registry was asked by a switch with this policy. */
    const asks = async (policy: string): Promise<boolean> => {
      await project.write('compose.yaml', stringify({ services: { web: { image, pull_policy: policy, ...STAYS } } }));
      if (!opened) await world.projects.open(project.dir, true);
      opened = true;
      const before = fetched;
      const ended = await world.switchTo(project.dir, 'default');
      expect(ended.error).toBeNull();
      return fetched > before;
    };
    try {
      expect(await asks('missing')).toBe(true);
      expect(await asks('missing')).toBe(false);
      expect(await asks('if_not_present')).toBe(false);
      expect(await asks('never')).toBe(false);
      expect(await asks('always')).toBe(true);
      // Its age is not known yet; from then on it is.
      expect(await asks('daily')).toBe(true);
      expect(await asks('daily')).toBe(false);
      expect(await asks('every_12h')).toBe(false);
      hours = 13;
      expect(await asks('daily')).toBe(false);
      expect(await asks('every_12h')).toBe(true);
      hours = 24 * 8;
      expect(await asks('weekly')).toBe(true);
    } finally {
      hours = 0;
      await proxy.stop();
      await run('sh', ['-c', `docker ps -aq --filter label=com.docker.compose.project=${project.name} | xargs -r docker rm -f`]);
      await engineRequest('DELETE', `/images/${image}?force=1`);
    }
  });
});

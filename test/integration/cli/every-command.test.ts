import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { contract, type ContractName, type OutputOf } from '@shared/contract/contract';
import type { ContractEntry } from '@shared/contract/define';
import { realBerth, type Berth, type Running } from '../runtime/host-process';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { ensureStorageImages } from '../../../scripts/lib/storage-images.mjs';
import { BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, removeProjectObjects } from '../../support/projects';
import { smallRegistry } from '../../support/small-registry';
import { removeOwnServer } from '../../support/storage';
import { smallShop } from '../modes/small-shop';
import { docker } from '../reconcile/kit';
import { duplicateCommands, fileCommands, FOLDER_FILES, repositoryCommands, templateCommands } from './folder-commands';

type Shop = Awaited<ReturnType<typeof smallShop>>;

/** What a person must never read. */
const NOT_FOR_PEOPLE = /\bundefined\b|\[object Object\]|(?<!\/dev\/)\bnull\b|\bNaN\b/;
const entries = contract as { readonly [name: string]: ContractEntry };

// A process for each command: on a busy machine that is what takes the time.
describe('every command on a project that runs', { timeout: 240_000 }, () => {
  let berth: Berth;
  let shop: Shop;
  /** Its workspaces are a storage file of their own. */
  let studio: Shop;
  /** What commands are about that name no project. */
  let dir: string;
  let host: Running;
  const called = new Set<string>();

  beforeAll(async () => {
    await ensureHelperImage();
    // The server, containers and ports of another Berth on this machine stay as they are.
    berth = await realBerth({ BERTH_S3_NAME: `bt-ec-${String(process.pid)}-s3`, BERTH_VALIDATOR_IMAGE: BUSYBOX_IMAGE, BERTH_SNAPSHOT_PASSPHRASE: 'a dozen words or so', BERTH_WORKSPACE_VALUE: 'given' });
    // Unhealthy as soon as a test says so.
    shop = await smallShop({ dev: { db: { healthcheck: { test: ['CMD', 'test', '!', '-e', '/sick'], interval: '1s', timeout: '2s', retries: 1 } }, tool: { build: { context: '.', dockerfile_inline: `FROM ${BUSYBOX_IMAGE}\nRUN true` }, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], develop: { watch: [{ path: './watched', action: 'sync', target: '/watched' }] } } } });
    studio = await smallShop();
    dir = shop.dir;
    host = berth.start(['serve'], { BERTH_CHECK_OUTPUT: '1' });
    await host.says('"type":"ready"');
  });
  afterAll(async () => {
    host.child.kill('SIGTERM');
    await host.ended;
    const runners = (await docker('ps', '-aq', '--filter', `name=${studio.name}-ws-`)).split('\n').filter((id) => id !== '');
    if (runners.length > 0) await docker('rm', '-f', '-v', ...runners);
    for (const { name } of [shop, studio]) await removeProjectObjects(`${name}-storage`);
    for (const copy of ['b1', 'b2']) await removeProjectObjects(`${shop.name}-${copy}`);
    await removeOwnServer(berth.home);
    await berth.close();
    for (const project of [shop, studio]) await project.close();
  });

  /** Words of a command, in the project. */
  const words = (name: string, args: readonly string[]): string[] => {
    const takesProject = Object.hasOwn(entries[name]?.input.shape ?? {}, 'project') && !(entries[name]?.positional ?? []).includes('project');
    return [...name.split('.'), ...(takesProject ? ['--project', dir] : []), ...args];
  };

  /** With `--json`: one document whose value the contract accepts as it is. */
  async function json<N extends ContractName>(name: N, ...args: readonly string[]): Promise<OutputOf<N>> {
    const { out, err } = await berth.start(words(name, ['--json', ...args])).ended;
    const document = JSON.parse(out) as { readonly ok: boolean; readonly value: unknown; readonly error?: unknown };
    expect(document, `${name} ${err} ${JSON.stringify(document.error)}`).toMatchObject({ ok: true });
    const entry = entries[name] as ContractEntry;
    // `services exec` gives what the other program wrote, in one piece.
    const output = name === 'services.exec' ? z.object({ exitCode: z.number().int(), stdout: z.string(), stderr: z.string() }) : entry.kind === 'stream' ? z.array(entry.output) : entry.output;
    const parsed = output.safeParse(document.value);
    expect(parsed.error?.issues ?? [], name).toEqual([]);
    expect(parsed.data, name).toEqual(document.value);
    called.add(name);
    return document.value as OutputOf<N>;
  }

  /** For people. */
  async function plain(name: ContractName, ...args: readonly string[]): Promise<string> {
    const { out, err, code } = await berth.start(words(name, args)).ended;
    expect([0, 4], `${name} ${out}${err}`).toContain(code);
    expect(out, name).not.toMatch(NOT_FOR_PEOPLE);
    expect(out.trim(), name).not.toBe('');
    return out;
  }

  /** What only asks is asked side by side. */
  async function both<N extends ContractName>(name: N, ...args: readonly string[]): Promise<OutputOf<N>> {
    if (entries[name]?.kind === 'query') return (await Promise.all([json(name, ...args), plain(name, ...args)]))[0];
    const value = await json(name, ...args);
    await plain(name, ...args);
    return value;
  }

  it('projects, modes, checks and services', async () => {
    await both('projects.open', shop.dir, '--trust');
    await both('projects.trust', shop.dir);
    await both('projects.list');
    await both('projects.close', shop.dir);
    await both('projects.recent');
    await both('projects.reopen', shop.dir);
    await both('modes.list');
    await both('modes.plan', 'dev');
    await json('modes.switch', 'dev', '--yes');
    await plain('modes.switch', 'dev', '--yes');
    await json('compose.config', '--dir', shop.dir, '-f', `${shop.dir}/docker-compose.dev.yml`);
    await both('services.list');
    await json('services.logs', 'api');
    await json('services.logs', 'api', 'web', '--since', '1h', '--timestamps');
    await json('services.save-logs', `${shop.dir}.json.log`);
    await plain('services.save-logs', `${shop.dir}.plain.log`, 'api');
    await both('services.inspect', 'api');
    await both('services.variable', 'api', 'PATH');
    expect(await json('services.exec', 'api', 'echo', 'one')).toMatchObject({ exitCode: 0, stdout: 'one\n' });
    await plain('services.exec', 'api', 'echo', 'one');
    await both('services.restart', 'web', '--yes');
    await both('services.stop', 'web', '--yes');
    await both('services.start', 'web', '--yes');
    await both('services.presets', 'db');
    await both('checks.run');
    await both('checks.fix', '--yes');
    await both('checks.connectivity');
    await both('compose.variables');
  });

  it('verbs on services', async () => {
    await both('services.up', '--dry-run');
    await both('services.up', '--yes');
    expect((await json('services.scale', 'web', '2', '--dry-run')).plan?.changes.filter((one) => one.action !== 'keep')).toMatchObject([{ service: 'web', action: 'create', number: 2 }]);
    await json('services.scale', 'web', '2', '--yes');
    expect(await plain('services.scale', 'web', '1', '--yes')).toBe('Scaled to 1: web.\n');
    await json('services.remove', 'web', '--yes');
    expect(await plain('services.remove', 'web', '--yes')).toBe('There was nothing to remove.\n');
    expect(await plain('services.up', 'web', '--yes')).toBe('Brought up web.\n');
    const watching = berth.start(words('services.watch', ['tool', '--json', '--yes']));
    await expect.poll(async () => (await json('operations.list')).find((one) => one.kind === 'services.watch')?.progress.message, { timeout: 60_000 }).toBe('Watching');
    watching.child.kill('SIGINT');
    const { code, out } = await watching.ended;
    expect({ code, out: JSON.parse(out) as unknown }).toMatchObject({ code: 0, out: { ok: true, value: { services: ['tool'], synced: 0 } } });
    called.add('services.watch');
    const registry = await smallRegistry(BUSYBOX_IMAGE, `bt-ec-${String(process.pid)}`);
    const fetching = await emptyProject('ec', { files: { 'docker-compose.dev.yml': JSON.stringify({ services: { fetched: { image: registry.reference } } }) } });
    try {
      dir = fetching.dir;
      await json('projects.open', fetching.dir, '--trust');
      expect(Object.keys((await both('services.pull', '--yes')).images)).toEqual(['fetched']);
      await json('projects.forget', fetching.dir);
    } finally {
      dir = shop.dir;
      await docker('image', 'rm', registry.reference);
      await fetching.close();
      await registry.close();
    }
  });

  it('changed files, operations and their way back', async () => {
    const changed = await json('services.resources', 'web', 'current', '--yes');
    await plain('services.resources', 'web', 'current', '--yes');
    await both('operations.list');
    await both('operations.show', changed.operationId);
    const undone = await json('operations.undo', changed.operationId, '--yes');
    expect(undone.follow).toMatch(/^op_/);
    await plain('operations.undo', undone.operationId, '--yes');
    // One that waits, because the worker rests, is cancelled; then it is run again.
    await both('runtime.pause', 'operation-worker');
    const restart = berth.start([...words('services.restart', ['web', '--yes'])]).ended;
    let waiting: OutputOf<'operations.list'>[number] | undefined;
    await expect.poll(async () => (waiting = (await json('operations.list')).find((one) => one.state === 'queued'))?.kind, { timeout: 30_000 }).toBe('services.restart');
    await json('operations.cancel', waiting?.id ?? '');
    expect((await restart).code).toBe(5);
    await both('runtime.resume', 'operation-worker');
    await both('operations.retry', waiting?.id ?? '', '--yes');
    await both('operations.cleanup', '--yes');
  });

  it('what the files of the project say', async () => {
    await both('compose.ports');
    await json('compose.source', 'docker-compose.dev.yml');
    await both('files.list');
    await json('files.read', 'docker-compose.dev.yml');
    await json('files.save', 'docker-compose.dev.yml', '--text', `${dir}/docker-compose.dev.yml`, '--yes');
    await plain('files.save', 'docker-compose.dev.yml', '--text', `${dir}/docker-compose.dev.yml`, '--yes');
    const check = ['web', 'command', '--command', 'true', '--retries', '9', '--yes'];
    const checked = await json('compose.healthcheck', ...check);
    await plain('compose.healthcheck', ...check);
    expect((await both('services.healthcheck', 'web')).healthcheck).toMatchObject({ from: 'file', kind: 'command', command: 'true', retries: 9 });
    await json('operations.undo', checked.operationId, '--yes');
    await json('compose.remap-ports', '1', '--yes');
    await plain('compose.remap-ports', '-1', '--yes');
    const renamed = await json('compose.rename-network', 'default', 'another', '--yes');
    await plain('compose.rename-network', 'default', 'other', '--yes');
    await plain('operations.undo', (await json('operations.list', '--limit', '1'))[0]?.id ?? '', '--yes');
    await json('operations.undo', renamed.operationId, '--yes');
    const text = await shop.read('docker-compose.dev.yml');
    await shop.write('docker-compose.dev.yml', `${text}networks:\n  default: { ipam: { config: [{ subnet: 10.245.1.0/24 }] } }\n`);
    await json('compose.resubnet', 'default', '10.245.2.0/24', '--yes');
    await plain('compose.resubnet', 'default', '10.245.3.0/24', '--yes');
    const withConfig = (dir: string): string => `${text}configs:\n  c:\n    file: ./${dir}/c.txt\n`;
    await shop.write('new/c.txt', 'moved\n');
    for (const run of [json, plain]) {
      await run('compose.add-service', 'extra', '--image', BUSYBOX_IMAGE, '--mount', './new:/app/new', '--mode', 'dev', '--yes');
      await json('operations.undo', (await json('operations.list', '--limit', '1'))[0]?.id ?? '', '--yes');
      await shop.write('docker-compose.dev.yml', withConfig('old'));
      await run('compose.relocate', 'old', 'new', '--yes');
      expect(await shop.read('docker-compose.dev.yml')).toBe(withConfig('new'));
    }
    await shop.write('docker-compose.dev.yml', text);
  });

  it('changes, recovery, scripts and the robustness run', async () => {
    await both('services.graph');
    await both('changes.show');
    await json('changes.test', '--yes');
    await plain('changes.test', '--yes');
    await json('changes.deploy', '--yes');
    await json('changes.rollback', '--yes');
    await json('modes.switch', 'prod', '--yes');
    await plain('changes.rollback', '--yes');
    await both('services.rebuild', '--yes');
    await both('projects.clean', '--dry-run');
    await both('scripts.install', '--yes');
    await both('checks.robustness', 'issues', '--yes');
  });

  it('settings, schedules and the process itself', async () => {
    await both('settings.list');
    await both('settings.set', 'drift.everySeconds', '5');
    await json('settings.export', `${berth.home}/settings-1.json`);
    await plain('settings.export', `${berth.home}/settings-2.json`);
    await both('settings.reset', '--dry-run');
    await both('settings.reset', 'drift.everySeconds', '--yes');
    await both('settings.import', `${berth.home}/settings-1.json`);
    const scheduled = await json('schedules.set', 'services.restart', '--every-seconds', '86400', '--input', JSON.stringify({ project: shop.dir, services: ['web'] }));
    await both('schedules.list');
    await json('schedules.remove', scheduled.id);
    await plain('schedules.list');
    await both('runtime.status');
    await both('runtime.metrics');
    await both('events.list', '--limit', '1000');
    await both('engine.status');
    await both('engine.list');
    await both('engine.use', 'automatic');
    await both('diagnostics.preview');
    await json('diagnostics.bundle', `${berth.home}/bundle-1.tar.gz`);
    await plain('diagnostics.bundle', `${berth.home}/bundle-2.tar.gz`);
    await both('diagnostics.startup');
    await both('updates.check');
    await both('doctor.run');
    await both('api.rotate-token');
  });

  it('drift, alerts and what is watched', async () => {
    await both('stats.show');
    expect((await json('stats.history', '--minutes', '5')).series).toBeDefined();
    await plain('stats.history', '--minutes', '5');
    await both('stats.watch', '--no-follow');
    await both('mounts.show');
    await both('disk.show');
    const item = (await json('disk.show')).items.find((one) => !one.removable);
    await both('disk.clean', item?.id ?? '', '--dry-run');
    await both('drift.policies');
    await both('drift.policy', 'notify');
    await json('drift.policy', 'ask', '--service', 'db');
    const container = (await json('services.list')).services.find((one) => one.name === 'db')?.containerIds[0] ?? '';
    await docker('kill', container);
    await expect.poll(async () => (await json('drift.list')).length, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
    await plain('drift.list');
    await both('drift.heal', '--yes');
    await json('services.exec', 'db', 'touch', '/sick');
    await expect.poll(async () => (await json('alerts.list')).length, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
    await plain('alerts.list');
    await both('alerts.dismiss', (await json('alerts.list'))[0]?.id ?? '');
    await docker('update', '--restart', 'always', (await json('services.list')).services.find((one) => one.name === 'web')?.containerIds[0] ?? '');
    let restart: OutputOf<'drift.list'>[number] | undefined;
    await expect.poll(async () => (restart = (await json('drift.list')).find((one) => one.field === 'restart')), { timeout: 60_000, interval: 500 }).toBeDefined();
    await json('drift.accept', restart?.id ?? '');
    await plain('drift.list');
    await both('events.list', '--limit', '1000');
    await both('alerts.list', '--cleared');
  });

  it('storage, buckets and objects', async () => {
    await ensureStorageImages();
    // What the services of the project would have put there.
    await docker('volume', 'create', '--label', `com.docker.compose.project=${shop.name}`, `${shop.name}_efs`);
    await docker('run', '--rm', '-v', `${shop.name}_efs:/mnt/efs`, BUSYBOX_IMAGE, 'sh', '-c', 'mkdir -p /mnt/efs/processed /mnt/efs/logs && echo one > /mnt/efs/processed/one.txt && chown -R 1000:1000 /mnt/efs');
    await both('storage.plan');
    await both('storage.choose', 'bucketStrategy', 'A');
    await both('storage.images');
    await both('storage.image', 'tests', BUSYBOX_IMAGE);
    await json('storage.setup', 'legacy', '--yes');
    expect((await both('storage.conflicts')).findings).not.toEqual([]);
    await both('storage.apply-strategy', 'all', '--yes');
    await json('storage.setup', 'complementary', '--yes');
    await plain('storage.setup', 'complementary', '--yes');
    expect((await json('storage.conflicts')).findings).toEqual([]);
    await both('storage.tune', '--preset', 'bigger-cache', '--yes');
    const started = await json('storage.start', '--yes');
    expect([started.status.s3.health, ...started.status.mounts.map((one) => one.state)]).toEqual(['healthy', 'healthy', 'healthy', 'healthy']);
    expect(await plain('storage.status')).toMatch(/^Mounted \(3 of 3\), syncing.*, nothing collides\.\n/);
    await json('storage.status');
    await both('storage.use', 'local', '--yes');
    await both('storage.credentials');
    await browse();
    await json('snapshots.add-repository', `${shop.name}-away`);
    await plain('snapshots.add-repository', `${shop.name}-again`);
    await both('storage.sync');
    await both('storage.runs');
    await both('storage.refresh');
    await json('storage.validate', 's3');
    await plain('storage.validate', 's3');
    await both('storage.troubleshoot');
    await json('storage.remount', '--mount', '/mnt/s3/data', '--yes');
    await both('storage.connect', 'api', '--yes');
    // Each of these makes the server or the mounts anew: once for programs; people get the form of the others.
    await json('storage.server', '--console=false', '--yes');
    await plain('storage.server', '--console=false', '--yes');
    await json('storage.rotate-credentials', '--yes');
    await json('storage.stop', '--yes');
    await plain('storage.stop', '--yes');
  });

  async function browse(): Promise<void> {
    const [kept, ...others] = [`${shop.name}-kept`, `${shop.name}-one`, `${shop.name}-two`] as const;
    await both('buckets.list');
    await json('buckets.create', kept);
    for (const [run, name] of [[json, others[0]], [plain, others[1]]] as const) {
      await run('buckets.create', name);
      await run('buckets.remove', name, '--yes');
    }
    await both('buckets.versioning', kept, '--enabled');
    await shop.write('one.txt', 'one\n');
    const first = await both('objects.put', kept, 'a/one.txt', `${shop.dir}/one.txt`);
    await both('objects.list', kept);
    expect((await both('objects.versions', kept, 'a/one.txt')).length).toBe(2);
    await json('objects.get', kept, 'a/one.txt', `${shop.dir}/two.txt`);
    await plain('objects.get', kept, 'a/one.txt', `${shop.dir}/three.txt`, '--version-id', first.versionId ?? '');
    expect(await shop.read('three.txt')).toBe('one\n');
    await both('objects.restore', kept, 'a/one.txt', first.versionId ?? '');
    await both('objects.remove', kept, 'a/one.txt', '--yes');
  }

  it('workspaces', async () => {
    await ensureStorageImages();
    dir = studio.dir;
    await json('projects.open', dir, '--trust');
    for (const name of ['api', 'www']) {
      await studio.write(`workspaces/${name}/public/index.html`, `${name}\n`);
      await studio.write(`workspaces/${name}/.gitignore`, '*.log\n');
    }
    await json('storage.setup', 'workspace', '--yes');
    const file = 'docker-compose.rclone.yml';
    await studio.write(file, (await studio.read(file)).replace(/container_name: ([\w-]+)/g, `container_name: ${studio.name}-$1`));
    await json('workspaces.migrate', '--yes');
    await plain('workspaces.migrate', '--yes');
    expect((await both('workspaces.list')).workspaces.map((one) => [one.name, one.state])).toEqual([['api', 'synced'], ['www', 'synced']]);
    for (const one of ['workspaces.plan', 'workspaces.excluded', 'workspaces.troubleshoot'] as const) await both(one);
    await both('workspaces.explain', 'www/node_modules/x.js');
    await both('workspaces.preview-exclude', 'www', '--text', '*.tmp');
    await json('workspaces.exclude', 'www', '*.tmp', '--yes');
    await plain('workspaces.exclude', 'api', '*.tmp', '--yes');
    await json('workspaces.set-variable', 'www', 'GREETING');
    await both('workspaces.variables', 'www');
    for (const run of [json, plain]) {
      await run('workspaces.set-variable', 'www', 'GREETING');
      await run('workspaces.remove-variable', 'www', 'GREETING');
    }
    await both('workspaces.configure', '--trigger', 'manual', '--source', 'local');
    for (const [index, run] of [json, plain].entries()) {
      await studio.write(`workspaces/www/public/${String(index)}.txt`, 'new\n');
      await run('workspaces.watch', '--no-follow');
    }
    await both('workspaces.sync');
    await conflict();
    await json('workspaces.rollback', '--yes');
    await plain('workspaces.rollback', '--yes');
    await json('workspaces.restart', 'www', '--yes');
    await plain('workspaces.restart', 'www', '--yes');
    await both('workspaces.logs', 'www');
    await both('workspaces.stop', '--yes');
    await json('workspaces.start', 'www', '--yes');
    await plain('workspaces.start', 'www', '--yes');
    await json('workspaces.stop', '--yes');
    await json('storage.stop', '--yes');
    await json('projects.forget', dir);
    dir = shop.dir;
  });

  /** Somebody else changes in the bucket what is changed here too. */
  async function conflict(): Promise<void> {
    const keys = ['api/public/index.html', 'www/public/index.html'];
    await studio.write('theirs.html', 'theirs\n');
    for (const key of keys) {
      await json('objects.put', 'workspaces', key, `${dir}/theirs.html`);
      await studio.write(`workspaces/${key}`, 'mine, and longer\n');
    }
    await json('workspaces.sync', '--verify');
    expect((await both('workspaces.conflicts')).map((one) => one.key)).toEqual(keys);
    await json('workspaces.resolve', keys[0] ?? '', 'local', '--yes');
    await plain('workspaces.resolve', keys[1] ?? '', 'both', '--yes');
    expect(await json('workspaces.conflicts')).toEqual([]);
  }

  it('snapshots', async () => {
    // In dev a service stays unhealthy since an earlier test.
    await json('modes.switch', 'prod', '--yes');
    // A copy may do no more than its original, which reads mounted buckets since an earlier test.
    await json('projects.trust', dir);
    await both('snapshots.plan-create');
    const { id } = await json('snapshots.create', '--tag', 'one');
    await plain('snapshots.create', '--tag', 'two');
    const other = (await both('snapshots.list')).snapshots.find((one) => one.tag === 'two')?.id ?? '';
    await both('snapshots.show', id);
    await both('snapshots.verify', id, '--sample', '50');
    await both('snapshots.drill', id);
    await both('snapshots.compare', id, other);
    await both('snapshots.plan-restore', id);
    await json('snapshots.restore', id, '--only', 'files', '--yes');
    await plain('snapshots.restore', id, '--yes');
    await both('snapshots.pin', id);
    await both('snapshots.consistency', `${shop.name}_data`, 'pause');
    await both('snapshots.configure', '--keep-last', '5');
    for (const run of [json, plain]) {
      await run('snapshots.delete', other, '--yes');
      await run('snapshots.undelete', other);
    }
    await both('snapshots.prune', '--dry-run', '--yes');
    await json('snapshots.export', id, `${berth.home}/one.tar`);
    await plain('snapshots.export', id, `${berth.home}/two.tar`);
    await both('snapshots.import', `${berth.home}/one.tar`);
    await json('snapshots.branch', id, `${shop.name}-b1`, `${berth.home}/b1`, '--yes');
    await plain('snapshots.branch', id, `${shop.name}-b2`, `${berth.home}/b2`, '--yes');
  });

  it('files one by one, and folders under git', async () => {
    const folder = await emptyProject('eg', { files: FOLDER_FILES });
    dir = folder.dir;
    try {
      await json('projects.open', dir, '--trust');
      await fileCommands({ json, plain, both });
      await duplicateCommands({ json, plain, both });
      await templateCommands({ json, plain, both }, folder);
      await repositoryCommands({ json, plain, both }, folder, berth.home);
      // What is wrong is an answer, and an exit code for who asks in a script.
      const codeOf = async (...words: readonly string[]): Promise<number | null> => (await berth.start(words).ended).code;
      expect(await codeOf('gitops', 'validate', dir)).toBe(0);
      expect(await codeOf('gitops', 'preview', 'app.yaml', '--project', dir)).toBe(0);
      await folder.write('production/wrong.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wrong}\ndate: {}\n');
      await folder.write('templates/gitops/app.yaml', 'name: {{ nobody }}\n');
      expect(await codeOf('gitops', 'validate', dir)).toBe(4);
      expect(await codeOf('gitops', 'preview', 'app.yaml', '--project', dir)).toBe(4);
      await json('projects.forget', dir);
    } finally {
      dir = shop.dir;
      await folder.close();
    }
  });

  it('what fails is a document of its own', async () => {
    const { out, code } = await berth.start(['doctor', 'fix', 'nope', '--yes', '--json']).ended;
    expect([code, JSON.parse(out)]).toEqual([expect.any(Number), { ok: false, error: expect.objectContaining({ code: expect.any(String) as unknown, message: expect.any(String) as unknown, hint: expect.any(String) as unknown }) as unknown }]);
    expect(code).not.toBe(0);
  });

  it('and there is no other command', async () => {
    await json('projects.forget', shop.dir);
    const commands = Object.keys(entries).filter((name) => entries[name]?.hidden === false);
    expect(commands.filter((name) => !called.has(name)).sort()).toEqual(['doctor.fix']);
  });
});

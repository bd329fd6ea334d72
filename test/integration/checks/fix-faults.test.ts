import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Finding } from '@shared/domain/findings/finding';
import { hostSourceMaker } from '@main/platform/source-maker';
import { BUSYBOX_IMAGE } from '../../support/images';
import { freePort } from '../../support/private-engine';
import type { TestProject } from '../../support/projects';
import { openChecksWorld, useChecksWorld } from './kit';

const run = promisify(execFile);
const HEALTHY = '    healthcheck: { test: ["CMD", "true"] }\n';
const MODES = 'modes:\n  dev:\n    files: [compose.yaml, compose.dev.yaml]\n  prod:\n    files: [compose.yaml]\n';

const { world, cleanup, project, takenPort } = useChecksWorld('cf');

async function git(dir: string, ...args: readonly string[]): Promise<void> {
  await run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: dir });
}

const codesOf = (findings: readonly Finding[]): readonly string[] => findings.map((one) => one.code).sort();
const modeOf = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777;

/** The lines of a diff that come and go, without its heads. */
function changedLines(diff: string): readonly string[] {
  return diff.split('\n').filter((line) => /^[-+](?![-+]{2} )/.test(line));
}

describe('the six faults of mounts', () => {
  const text = `# the shop
services:
  api:
    image: ${BUSYBOX_IMAGE}   # base
    user: "1000"
    volumes:
      - ./conf/moved.conf:/etc/moved.conf:ro   # it was moved
      # gone for good
      - ./gone.sql:/etc/gone.sql
      - ./made.conf:/etc/made.conf   # a folder was left
      - type: bind
        source: ./Case.conf
        target: /etc/case.conf
      - ./full:/etc/wrong.conf
      - ./locked.conf:/etc/locked.conf   # nobody may read it
`;

  async function broken(): Promise<TestProject> {
    const made = await project({ 'compose.yaml': text, 'conf/moved.conf': 'moved = yes\n', 'case.conf': 'case\n', 'full/a.txt': 'a\n', 'locked.conf': 'secret\n' });
    await git(made.dir, 'init', '-q');
    await git(made.dir, 'add', '-A');
    await git(made.dir, 'commit', '-qm', 'first');
    await mkdir(join(made.dir, 'settings'));
    await git(made.dir, 'mv', 'conf/moved.conf', 'settings/other-name.conf');
    await mkdir(join(made.dir, 'made.conf'));
    await chmod(join(made.dir, 'locked.conf'), 0o600);
    // Without trust its repository is not asked for what a file held.
    await world.projects.trust(made.dir);
    return made;
  }

  it('are each found once, fixed together, and taken back to the byte', async () => {
    const made = await broken();
    const findings = await world.run(made.dir);
    expect(codesOf(findings)).toEqual(['BIND_SOURCE_CASE', 'BIND_SOURCE_LEFTOVER', 'BIND_SOURCE_MISSING', 'BIND_SOURCE_MISSING', 'BIND_SOURCE_PERMISSIONS', 'BIND_SOURCE_TYPE']);
    const gone = findings.find((one) => one.message.includes('gone.sql'))?.fixes.find((fix) => fix.id.startsWith('remove-mount:'))?.id ?? '';
    const ids = [...findings.filter((one) => !one.message.includes('gone.sql')).map((one) => one.id), gone];
    const fixed = await world.fix(made.dir, { fixes: ids });
    expect(fixed.error).toBeNull();
    expect(await world.run(made.dir)).toEqual([]);
    expect(changedLines((fixed.result as { diff: string }).diff)).toEqual([
      '-      - ./conf/moved.conf:/etc/moved.conf:ro   # it was moved',
      '+      - ./settings/other-name.conf:/etc/moved.conf:ro   # it was moved',
      '-      - ./gone.sql:/etc/gone.sql',
      '-        source: ./Case.conf',
      '+        source: ./case.conf',
      '-      - ./full:/etc/wrong.conf',
    ]);
    expect([await modeOf(join(made.dir, 'locked.conf')), (await lstat(join(made.dir, 'made.conf'))).isFile()]).toEqual([0o644, true]);
    expect((await world.undo(fixed.id)).state).toBe('succeeded');
    expect(await made.read('compose.yaml')).toBe(text);
    expect([await modeOf(join(made.dir, 'locked.conf')), (await lstat(join(made.dir, 'made.conf'))).isDirectory()]).toEqual([0o600, true]);
  });

  it('are mended when none is named, kinds and permissions too; what would lose something or open a secret is left with its command', async () => {
    const text = `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    user: "1000"\n    volumes:\n      - ./nginx:/etc/nginx/nginx.conf:ro # the folder holds it\n      - ./init.sql:/docker-entrypoint-initdb.d # into it\n      - ./full:/etc/wrong.conf\n      - ./locked.conf:/etc/locked.conf\n      - ./tls/server.key:/etc/server.key\n${HEALTHY}`;
    const made = await project({ 'compose.yaml': text, 'nginx/nginx.conf': 'x\n', 'init.sql': 'x\n', 'full/a.txt': 'a\n', 'locked.conf': 'x\n', 'tls/server.key': 'x\n' });
    const [locked, key] = [join(made.dir, 'locked.conf'), join(made.dir, 'tls/server.key')];
    await Promise.all([locked, key].map((path) => chmod(path, 0o600)));
    const fixed = await world.fix(made.dir);
    expect(fixed.error).toBeNull();
    const { diff, left } = fixed.result as { diff: string; left: { code: string; severity: string; reason: string; fixes: { id: string }[] }[] };
    expect(changedLines(diff)).toEqual([
      '-      - ./nginx:/etc/nginx/nginx.conf:ro # the folder holds it',
      '-      - ./init.sql:/docker-entrypoint-initdb.d # into it',
      '+      - ./nginx/nginx.conf:/etc/nginx/nginx.conf:ro # the folder holds it',
      '+      - ./init.sql:/docker-entrypoint-initdb.d/init.sql # into it',
    ]);
    expect([await modeOf(locked), await modeOf(key)]).toEqual([0o644, 0o600]);
    expect(left.map(({ code, severity, reason, fixes }) => [code, severity, reason, fixes[0]?.id.split(':', 1)[0]])).toEqual([
      ['BIND_SOURCE_TYPE', 'error', 'Its fix is made only when it is named.', 'remove-mount'],
      ['BIND_SOURCE_PERMISSIONS', 'warning', 'It looks like a secret, and its fix lets everybody read it: it is made only when it is named.', 'set-permissions'],
    ]);
    expect((await world.fix(made.dir, { fixes: left.map(({ fixes }) => fixes[0]?.id ?? '') })).error).toBeNull();
    expect(await world.run(made.dir)).toEqual([]);
    expect(await modeOf(key)).toBe(0o644);
  });

  it('of which a moved one has the exact suggestion, for a folder too', async () => {
    const made = await project({ 'compose.yaml': `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    volumes: ["./ai-brain/orchestration:/app/orchestration"]\n`, 'ai-brain/orchestration/a.py': 'a\n' });
    await git(made.dir, 'init', '-q');
    await git(made.dir, 'add', '-A');
    await git(made.dir, 'commit', '-qm', 'first');
    await mkdir(join(made.dir, 'ai-brain/core'));
    await git(made.dir, 'mv', 'ai-brain/orchestration', 'ai-brain/core/orchestration');
    const [finding, ...others] = await world.run(made.dir);
    expect([finding?.code, finding?.fixes[0]?.title, others]).toEqual(['BIND_SOURCE_MISSING', 'Write ./ai-brain/core/orchestration in the file', []]);
    expect((await world.fix(made.dir)).error).toBeNull();
    expect(await made.read('compose.yaml')).toContain('["./ai-brain/core/orchestration:/app/orchestration"]');
  });

  it('of which a moved one takes the path in the container along when that is asked for', async () => {
    const made = await project({ 'compose.yaml': `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    volumes: ["./ai-brain/orchestration:/app/orchestration:ro"] # both\n`, 'ai-brain/core/orchestration/a.py': 'a\n' });
    const fix = (await world.run(made.dir))[0]?.fixes[1];
    expect(fix?.title).toBe('Write ./ai-brain/core/orchestration in the file, and /app/core/orchestration in the container');
    expect((await world.fix(made.dir, { fixes: [fix?.id ?? ''] })).error).toBeNull();
    expect(await made.read('compose.yaml')).toContain('["./ai-brain/core/orchestration:/app/core/orchestration:ro"] # both');
    expect(await world.run(made.dir)).toEqual([]);
  });

  it('of which a moved folder is known by what is in it, and an empty one of its name is nobody', async () => {
    const made = await project({ 'compose.yaml': `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    volumes: ["./brain/orch:/app/orch"]\n`, 'brain/orch/a.py': 'a\n', 'brain/orch/sub/b.py': 'b\n', 'other/a.py': 'another\n' });
    await git(made.dir, 'init', '-q');
    await git(made.dir, 'add', '-A');
    await git(made.dir, 'commit', '-qm', 'first');
    await git(made.dir, 'mv', 'brain/orch', 'brain/orch2');
    await mkdir(join(made.dir, 'api/orch'), { recursive: true });
    await world.projects.trust(made.dir);
    const [finding] = await world.run(made.dir);
    expect([finding?.code, finding?.fixes[0]?.title]).toEqual(['BIND_SOURCE_MISSING', 'Write ./brain/orch2 in the file']);
  });

  it('leave the permissions as they were when a later step fails, and can be undone by themselves', async () => {
    const made = await project({ 'compose.yaml': `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    user: "1000"\n    volumes: ["./locked.conf:/etc/locked.conf", "./bad.conf:/etc/bad.conf"]\n`, 'locked.conf': 'x\n' });
    const locked = join(made.dir, 'locked.conf');
    await chmod(locked, 0o600);
    const findings = await world.run(made.dir);
    const permissions = findings.find((one) => one.code === 'BIND_SOURCE_PERMISSIONS')?.id ?? '';
    const missing = findings.find((one) => one.code === 'BIND_SOURCE_MISSING')?.id ?? '';
    const failing = await openChecksWorld({ maker: { ...hostSourceMaker(), create: () => Promise.reject(new Error('disk on fire')) } });
    cleanup(() => failing.close());
    const failed = await failing.fix(made.dir, { fixes: [permissions, missing] });
    expect([failed.state, await modeOf(locked)]).toEqual(['rolled-back', 0o600]);
    const fixed = await world.fix(made.dir, { fixes: [permissions] });
    expect([fixed.state, fixed.undoable, await modeOf(locked)]).toEqual(['succeeded', true, 0o644]);
    expect((await world.undo(fixed.id)).state).toBe('succeeded');
    expect(await modeOf(locked)).toBe(0o600);
  });
});

describe('fixes over both modes', () => {
  it('change a shared file once, each mode’s own file too, and what points to the port', async () => {
    const [shared, own] = [await takenPort(), await takenPort()];
    const base = `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    ports: ["127.0.0.1:${String(shared)}:80"] # both\n${HEALTHY}  web:\n    image: ${BUSYBOX_IMAGE}\n    environment:\n      API_URL: http://localhost:${String(shared)} # points\n      NAME: api:${String(shared)}\n    env_file: web.env\n${HEALTHY}`;
    const dev = `services:\n  web:\n    ports: ["127.0.0.1:${String(own)}:80"]\n`;
    const env = `# ${String(own)}\nSELF=http://127.0.0.1:${String(own)}/x\n`;
    const made = await project({ 'compose.yaml': base, 'compose.dev.yaml': dev, 'web.env': env, 'berth.yaml': MODES });
    const fixed = await world.fix(made.dir);
    expect(fixed.error).toBeNull();
    const nowBase = await made.read('compose.yaml');
    const moved = Number(/127\.0\.0\.1:(\d+):80/.exec(nowBase)?.[1]);
    expect(moved).not.toBe(shared);
    expect(nowBase).toBe(base.replace(`127.0.0.1:${String(shared)}`, `127.0.0.1:${String(moved)}`).replace(`localhost:${String(shared)}`, `localhost:${String(moved)}`));
    const movedOwn = Number(/127\.0\.0\.1:(\d+):80/.exec(await made.read('compose.dev.yaml'))?.[1]);
    expect(await made.read('web.env')).toBe(`# ${String(own)}\nSELF=http://127.0.0.1:${String(movedOwn)}/x\n`);
    expect([await world.run(made.dir, 'dev'), await world.run(made.dir, 'prod')].map((all) => all.filter((one) => one.severity === 'error'))).toEqual([[], []]);
    expect((await world.undo(fixed.id)).state).toBe('succeeded');
    expect([await made.read('compose.yaml'), await made.read('compose.dev.yaml'), await made.read('web.env')]).toEqual([base, dev, env]);
  });

  it('leave a value alone that may point to the service which keeps the port', async () => {
    const port = await freePort();
    const text = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    ports: ["127.0.0.1:${String(port)}:80"]\n${HEALTHY}  b:\n    image: ${BUSYBOX_IMAGE}\n    ports: ["127.0.0.1:${String(port)}:80"]\n    environment: { A_URL: "http://localhost:${String(port)}" }\n${HEALTHY}`;
    const made = await project({ 'compose.yaml': text });
    expect((await world.fix(made.dir)).error).toBeNull();
    expect(await made.read('compose.yaml')).toContain(`{ A_URL: "http://localhost:${String(port)}" }`);
    expect(await world.run(made.dir)).toEqual([]);
  });

  it('are put back when a mode would have another fault in what was changed', async () => {
    const port = await freePort();
    const ports = `    ports: ["127.0.0.1:${String(port)}:80"]\n${HEALTHY}`;
    const base = `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    volumes: ["./src:/app/src"]\n${ports}  b:\n    image: ${BUSYBOX_IMAGE}\n${ports}`;
    const made = await project({ 'compose.yaml': base, 'compose.dev.yaml': 'services:\n  a: { labels: { a: b } }\n', 'berth.yaml': MODES, 'src/a': '' });
    const unlucky = await openChecksWorld();
    cleanup(() => unlucky.close());
    // Somebody removes the folder while the files are changed.
    const run = unlucky.checks.run.bind(unlucky.checks);
    Object.assign(unlucky.checks, { run: (...args: Parameters<typeof run>) => rm(join(made.dir, 'src'), { recursive: true, force: true }).then(() => run(...args)) });
    const fixed = await unlucky.fix(made.dir);
    expect([fixed.state, fixed.error?.code]).toEqual(['rolled-back', 'fix-failed']);
    expect(fixed.error?.message).toContain('dev would have another fault: a mounts ./src');
    expect(await made.read('compose.yaml')).toBe(base);
  });

  it('go on across a prod mode that refuses the mount anyway, and say what is left', async () => {
    const api = (more: string): string => `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    volumes:\n      - ./src:/app/src # code\n${more}`;
    const [dev, clean] = [api(''), api('      - ./data:/data\n')];
    const made = await project({ 'docker-compose.dev.yml': dev, 'docker-compose.clean.yml': clean, 'packages/api/src/a.py': '' });
    const fixed = await world.fix(made.dir);
    expect(fixed.error).toBeNull();
    expect(await made.read('docker-compose.dev.yml')).toBe(dev.replace('./src', './packages/api/src'));
    expect(await made.read('docker-compose.clean.yml')).toBe(clean.replace('./src', './packages/api/src'));
    const { left } = fixed.result as { left: { code: string; modes: string[]; message: string; reason: string; fixes: unknown[] }[] };
    expect(left).toMatchObject([
      { code: 'BIND_IN_PROD', modes: ['prod'], message: 'api mounts ./packages/api/src from the host in a prod mode.', reason: 'Its fix is made only when it is named.', fixes: [{ title: 'Take the mount of ./packages/api/src out' }] },
      { code: 'BIND_IN_PROD', modes: ['prod'], message: 'api mounts ./data from the host in a prod mode.' },
    ]);
    // There is nothing more to do by itself, and the answer says so in data.
    expect((await world.fix(made.dir)).result).toEqual({ applied: [], diff: '', left });
  });

  it('leave to the user a moved file that the prod mode would refuse, with a sentence, and do the others', async () => {
    const text = `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    volumes:\n      - ./app.yml:/srv/app.yml:ro\n      - ./gone.conf:/etc/gone.conf:ro\n`;
    const made = await project({ 'docker-compose.clean.yml': text, 'app.yml': 'moved: yes\n' });
    await git(made.dir, 'init', '-q');
    await git(made.dir, 'add', '-A');
    await git(made.dir, 'commit', '-qm', 'first');
    await git(made.dir, 'mv', 'app.yml', 'settings');
    await world.projects.trust(made.dir);
    const dry = await world.fix(made.dir, { dryRun: true });
    const fixed = await world.fix(made.dir);
    expect(fixed.error).toBeNull();
    expect(await made.read('docker-compose.clean.yml')).toBe(text);
    expect((await lstat(join(made.dir, 'gone.conf'))).isFile()).toBe(true);
    const { left } = fixed.result as { left: unknown[] };
    expect(left).toMatchObject([{ code: 'BIND_SOURCE_MISSING', service: 'api', modes: ['prod'], reason: `In prod, api would then mount ${join(made.dir, 'settings')} from the host, which is not allowed there: copy it into the image, or decide otherwise by hand.` }]);
    expect((dry.result as { left: unknown[] }).left).toEqual(left);
  });

  it('wait for a dependency in the long form, with its comments', async () => {
    const text = `services:\n  web:\n    image: ${BUSYBOX_IMAGE}\n    depends_on:\n      - db # first\n      - cache\n  db:\n    image: ${BUSYBOX_IMAGE}\n${HEALTHY}  cache:\n    image: ${BUSYBOX_IMAGE}\n${HEALTHY}`;
    const made = await project({ 'compose.yaml': text });
    const findings = await world.run(made.dir);
    expect(codesOf(findings)).toEqual(['DEPENDENCY_NOT_AWAITED', 'DEPENDENCY_NOT_AWAITED']);
    expect((await world.fix(made.dir, { fixes: findings.map((one) => one.id) })).error).toBeNull();
    expect(await made.read('compose.yaml')).toBe(text.replace('      - db # first\n      - cache\n', '      db: # first\n        condition: service_healthy\n      cache:\n        condition: service_healthy\n'));
    expect(await world.run(made.dir)).toEqual([]);
  });
});

import { lstat, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { watchProjectFiles } from '@main/checks';
import { hostSourceMaker } from '@main/platform/source-maker';
import { BUSYBOX_IMAGE, engineJson, engineRequest } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { openChecksWorld, useChecksWorld } from './kit';

const { world, cleanup, project, takenPort } = useChecksWorld('ck');

const head = `# my project\nservices:\n  api:\n    image: ${BUSYBOX_IMAGE}   # base\n`;
/** A service that publishes a port and has no health check is noted; these tests are about something else. */
const healthy = '    healthcheck: { test: ["CMD", "true"] }\n';
const isThere = (path: string): Promise<'file' | 'folder' | undefined> => lstat(path).then((found) => (found.isFile() ? 'file' : 'folder'), () => undefined);

describe('fixes', () => {
  it('moves a taken port to a free one and leaves every other byte; a dry run only shows it', async () => {
    const port = await takenPort();
    const text = `${head}    ports:\n      - "127.0.0.1:${port}:80"   # web, keep me\n${healthy}`;
    const made = await project({ 'compose.yaml': text });
    const dry = await world.fix(made.dir, { dryRun: true });
    expect(dry).toMatchObject({ state: 'succeeded', result: { applied: [] } });
    expect(await made.read('compose.yaml')).toBe(text);

    const fixed = await world.fix(made.dir);
    expect(fixed.state).toBe('succeeded');
    const { diff, applied } = fixed.result as { diff: string; applied: string[] };
    expect(diff).toBe((dry.result as { diff: string }).diff);
    expect(applied).toHaveLength(1);
    const now = await made.read('compose.yaml');
    expect(now.replace(/127\.0\.0\.1:\d+:80/, `127.0.0.1:${port}:80`)).toBe(text);
    expect(now).not.toBe(text);
    expect(diff).toContain(`-      - "127.0.0.1:${port}:80"   # web, keep me\n+      - "127.0.0.1:`);
    expect(await world.run(made.dir)).toEqual([]);
  });

  it('changes the variable in .env where that decides the port', async () => {
    const port = await takenPort();
    const made = await project({ 'compose.yaml': `${head}    ports: ["127.0.0.1:\${WEB_PORT}:80"]\n${healthy}`, '.env': `A=1\nWEB_PORT=${port}\n` });
    expect((await world.fix(made.dir)).state).toBe('succeeded');
    expect(await made.read('.env')).toMatch(/^A=1\nWEB_PORT=\d+\n$/);
    expect(await made.read('compose.yaml')).toContain('${WEB_PORT}');
    expect(await world.run(made.dir)).toEqual([]);
  });

  it('changes it once for two modes that both find the port taken', async () => {
    const port = await takenPort();
    const ports = `    ports: ["127.0.0.1:\${WEB_PORT}:80"]\n${healthy}`;
    const made = await project({ 'docker-compose.dev.yml': `${head}${ports}`, 'docker-compose.clean.yml': `${head}${ports}`, '.env': `WEB_PORT=${port}\n` });
    expect((await world.fix(made.dir)).error).toBeNull();
    expect(await made.read('.env')).toMatch(/^WEB_PORT=\d+\n$/);
    expect(await made.read('.env')).not.toContain(String(port));
  });

  it('moves a range as one, and each mode of the project to the port that it said it would', async () => {
    const port = await takenPort();
    const ranged = `${head}    ports: ["127.0.0.1:${port}-${port + 1}:80-81"]\n${healthy}`;
    const made = await project({ 'docker-compose.dev.yml': ranged, 'docker-compose.clean.yml': ranged });
    const titles = await Promise.all(['dev', 'prod'].map(async (mode) => (await world.run(made.dir, mode)).find((one) => one.code === 'PORT_TAKEN')?.fixes[0]));
    const [dev, prod] = titles;
    expect(prod?.title).toBe(dev?.title);
    const wanted = /\d+-\d+/.exec(dev?.title ?? '')?.[0] ?? 'no range';
    for (const [mode, fix, file] of [['dev', dev, 'docker-compose.dev.yml'], ['prod', prod, 'docker-compose.clean.yml']] as const) {
      // What the other mode has by now is no reason for another port.
      expect((await world.fix(made.dir, { mode, fixes: [fix?.id ?? ''] })).error).toBeNull();
      expect(await made.read(file)).toContain(`"127.0.0.1:${wanted}:80-81"`);
      expect(await world.run(made.dir, mode)).toEqual([]);
    }
  });

  it('does what it can where one of several must be done by hand', async () => {
    const port = await takenPort();
    const made = await project({ 'compose.yaml': `${head}    ports: ["127.0.0.1:\${FIRST}-\${LAST}:80-81"]\n    volumes: ["./missing.conf:/etc/missing.conf:ro"]\n${healthy}`, '.env': `FIRST=${port}\nLAST=${port + 1}\n` });
    const ended = await world.fix(made.dir);
    expect(ended.error).toBeNull();
    expect(await made.read('missing.conf')).toBe('');
    expect((await world.run(made.dir)).find((one) => one.code === 'PORT_TAKEN')?.message).toContain(String(port));
  });

  it('creates missing sources in the right kind, owned as the project is, and replaces a left-over folder', async () => {
    const made = await project({ 'compose.yaml': `${head}    volumes:\n      - ./deep/er/app.conf:/etc/app.conf\n      - ./src:/app/src\n      - ./left.conf:/etc/left.conf\n` });
    await mkdir(join(made.dir, 'left.conf'));
    const fixed = await world.fix(made.dir);
    expect(fixed.state).toBe('succeeded');
    expect(await Promise.all(['deep/er/app.conf', 'src', 'left.conf'].map((path) => isThere(join(made.dir, path))))).toEqual(['file', 'folder', 'file']);
    const [owner, created] = await Promise.all([lstat(made.dir), lstat(join(made.dir, 'deep/er/app.conf'))]);
    expect([created.uid, created.gid]).toEqual([owner.uid, owner.gid]);
    expect(await world.run(made.dir)).toEqual([]);
  });

  it('applies what is named only, by finding or by fix', async () => {
    const made = await project({ 'compose.yaml': `${head}    volumes: ["./a:/a", "./b:/b"]\n    ports:\n      - "0.0.0.0:${await freePort()}:80"\n` });
    const findings = await world.run(made.dir);
    const info = findings.find((finding) => finding.code === 'PORT_NOT_LOOPBACK');
    const missing = findings.find((finding) => finding.message.includes('./b'));
    expect((await world.fix(made.dir, { fixes: [info?.fixes[0]?.id ?? '', missing?.id ?? ''] })).state).toBe('succeeded');
    expect(await made.read('compose.yaml')).toContain('- "127.0.0.1:');
    expect([await isThere(join(made.dir, 'a')), await isThere(join(made.dir, 'b'))]).toEqual([undefined, 'folder']);
    await expect(world.fix(made.dir, { fixes: ['nonsense'] })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('puts everything back when a later step fails', async () => {
    const port = await takenPort();
    const text = `${head}    ports: ["127.0.0.1:${port}:80"]\n    volumes: ["./made/src:/app/src", "./bad.conf:/etc/bad.conf"]\n`;
    const made = await project({ 'compose.yaml': text });
    const maker = hostSourceMaker();
    const failing = await openChecksWorld({ maker: { ...maker, create: (root, path, kind) => (path === 'bad.conf' ? Promise.reject(new Error('disk on fire')) : maker.create(root, path, kind)) } });
    try {
      expect((await failing.fix(made.dir)).state).toBe('rolled-back');
    } finally {
      await failing.close();
    }
    expect(await made.read('compose.yaml')).toBe(text);
    expect([await isThere(join(made.dir, 'made')), await isThere(join(made.dir, 'bad.conf'))]).toEqual([undefined, undefined]);
  });

  it('creates an external network for a trusted project only, and takes it back when the fix fails', async () => {
    const name = `bt-ck-net-${process.pid}`;
    cleanup(() => engineRequest('DELETE', `/networks/${name}`));
    const made = await project({ 'compose.yaml': `${head}    networks: [edge]\nnetworks:\n  edge: { external: true, name: ${name} }\n` });
    expect((await world.fix(made.dir)).error).toMatchObject({ code: 'trust-required' });
    await world.projects.trust(made.dir);
    expect((await world.fix(made.dir)).state).toBe('succeeded');
    const { Labels } = await engineJson<{ Labels: Record<string, string> }>('GET', `/networks/${name}`);
    expect(Labels['dev.berth.project']).toBe(made.name);
    expect(await world.run(made.dir)).toEqual([]);

    const lost = `${name}-lost`;
    const broken = await project({ 'compose.yaml': `networks:\n  edge: { external: true, name: ${lost} }\nservices:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    networks: [edge]\n    volumes: ["./bad.conf:/etc/bad.conf"]\n` });
    const failing = await openChecksWorld({ maker: { ...hostSourceMaker(), create: () => Promise.reject(new Error('disk on fire')) } });
    try {
      await failing.projects.trust(broken.dir);
      const failed = await failing.fix(broken.dir);
      expect(failed.state).toBe('rolled-back');
      expect((await failing.operations.steps(failed.id)).map((step) => step.name)).toContain('network.remove');
    } finally {
      await failing.close();
    }
    expect((await engineRequest('GET', `/networks/${lost}`)).status).toBe(404);
  });

  it('never follows a link out of the project', async () => {
    const outside = await project({ 'x': '' });
    const made = await project({ 'compose.yaml': `${head}    volumes: ["./link/app.conf:/etc/app.conf"]\n` });
    await symlink(outside.dir, join(made.dir, 'link'));
    expect((await world.fix(made.dir)).error).toMatchObject({ code: 'fix-failed' });
    expect(await isThere(join(outside.dir, 'app.conf'))).toBeUndefined();
  });
});

describe('watching the files of a project', () => {
  it('tells once of a save, in place or by renaming', async () => {
    const made = await project({ 'compose.yaml': 'a: 1\n', 'other.txt': '' });
    const seen: BerthEvent[] = [];
    let wake: () => void = () => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    const watch = await watchProjectFiles((event) => {
      seen.push(event);
      wake();
    });
    try {
      const file = join(made.dir, 'compose.yaml');
      await watch.watch('p_1', [file, join(made.dir, '.env')]);
      let told = next();
      await writeFile(join(made.dir, 'other.txt'), 'not ours');
      await writeFile(file, 'a: 2\n');
      await told;
      told = next();
      await writeFile(`${file}.tmp`, 'a: 3\n');
      await rename(`${file}.tmp`, file);
      await told;
      told = next();
      await writeFile(join(made.dir, '.env'), 'A=1\n');
      await told;
      expect(seen).toEqual([
        { type: 'files.changed', projectId: 'p_1', files: [file] },
        { type: 'files.changed', projectId: 'p_1', files: [file] },
        { type: 'files.changed', projectId: 'p_1', files: [join(made.dir, '.env')] },
      ]);
      expect(await readFile(file, 'utf8')).toBe('a: 3\n');
    } finally {
      watch.dispose();
    }
  });
});

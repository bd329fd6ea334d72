import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VolumeProgram } from '@main/docker/volume-types';
import { volumeRunPayload } from '@shared/domain/engine/volume-run';
import { VOLUME_PROGRAM_DIR } from '../../../scripts/lib/volume-program.mjs';
import { engineJson, engineRequest } from '../../support/images';
import { inVolume, makeVolume, MemorySink, readInto } from '../../support/volumes';
import { testProject, type TestProject } from '../docker/harness';

const never = new AbortController().signal;
const textOf = (sink: MemorySink): readonly string[] => sink.entries.map((entry) => ('text' in entry.path ? entry.path.text : ''));

describe('runs of the volume program', () => {
  let project: TestProject;
  let program: VolumeProgram;
  let count = 0;
  const volume = (options?: Parameters<typeof makeVolume>[2]): Promise<string> => makeVolume(`${project.name}-l${String((count += 1))}`, project.name, options);
  const containers = (): Promise<readonly { readonly Id: string; readonly Created: number }[]> =>
    engineJson('GET', `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [`dev.berth.project=${project.name}`] }))}`);
  beforeAll(async () => {
    project = await testProject();
    program = project.engine.volumeProgram(VOLUME_PROGRAM_DIR);
    await program.ensure(never);
  });
  afterAll(async () => project.close());

  it('leave no container behind when they are cancelled in the middle of reading, and the volume can be removed at once', async () => {
    const name = await volume();
    await inVolume(name, 'cd /v && dd if=/dev/urandom of=a bs=1048576 count=64 2>/dev/null');
    const life = new AbortController();
    class Cancelling extends MemorySink {
      override chunk(): Promise<void> {
        life.abort();
        return Promise.resolve();
      }
    }
    await expect(program.read({ volume: name }, new Cancelling(), life.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await containers()).toEqual([]);
    expect((await engineRequest('DELETE', `/volumes/${name}`)).status).toBe(204);
  });

  it('leave no container behind when they are cancelled in the middle of writing, or before they began', async () => {
    const [from, to] = [await volume(), await volume()];
    await inVolume(from, 'cd /v && dd if=/dev/urandom of=a bs=1048576 count=32 2>/dev/null');
    const sink = await readInto(program, { volume: from });
    const life = new AbortController();
    let asked = 0;
    const chunk = (id: string) => {
      if ((asked += 1) === 4) life.abort();
      return sink.coded(id);
    };
    await expect(program.write(to, sink.tree(), chunk, () => undefined, life.signal)).rejects.toMatchObject({ code: 'cancelled' });
    await expect(program.read({ volume: from }, new MemorySink(), life.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await containers()).toEqual([]);
  });

  it('end with what went wrong on this side, and what it was', async () => {
    const [from, to] = [await volume(), await volume()];
    await inVolume(from, 'echo x > /v/a');
    const sink = await readInto(program, { volume: from });
    await expect(program.write(to, sink.tree(), () => Promise.reject(new Error('no such chunk')), () => undefined, never)).rejects.toThrow('no such chunk');
    class Failing extends MemorySink {
      override chunk(): Promise<void> {
        return Promise.reject(new Error('the repository is full'));
      }
    }
    await expect(program.read({ volume: from }, new Failing(), never)).rejects.toThrow('the repository is full');
    expect(await containers()).toEqual([]);
  });

  it('say that the disk is full, by its file', async () => {
    const from = await volume();
    const small = await volume({ driverOptions: { type: 'tmpfs', device: 'tmpfs', o: 'size=4m' } });
    await inVolume(from, 'cd /v && echo small > a && dd if=/dev/urandom of=b bs=1048576 count=12 2>/dev/null');
    const sink = await readInto(program, { volume: from });
    await expect(program.write(small, sink.tree(), sink.coded, () => undefined, never)).rejects.toMatchObject({ code: 'disk-full', details: { path: 'b' } });
    expect(await containers()).toEqual([]);
  });

  it('say that they are lost when somebody else removes them', async () => {
    const name = await volume();
    await inVolume(name, 'cd /v && dd if=/dev/urandom of=a bs=1048576 count=400 2>/dev/null');
    class Removing extends MemorySink {
      removal: Promise<unknown> | null = null;
      override chunk(): Promise<void> {
        // Not waited for: the engine hands on what was written before it is done.
        this.removal ??= containers().then(([one]) => engineRequest('DELETE', `/containers/${one?.Id ?? ''}?force=1`));
        return Promise.resolve();
      }
    }
    const sink = new Removing();
    await expect(program.read({ volume: name }, sink, never)).rejects.toMatchObject({ code: 'engine-lost' });
    await sink.removal;
  });

  it('end by themselves when their Berth is gone, and what never began is removed by the next one', async () => {
    const name = await volume();
    const list = await engineJson<readonly { readonly Id: string }[]>('GET', `/images/json?filters=${encodeURIComponent(JSON.stringify({ reference: ['berth/volume'] }))}`);
    const payload = volumeRunPayload({ command: 'read', source: { volume: name } }, { image: list[0]?.Id ?? '', projectName: project.name, projectDir: project.dir });
    const { Id: waiting } = await engineJson<{ Id: string }>('POST', '/containers/create', { body: payload });
    // Attached by nobody, its input has ended before it begins.
    await expect.poll(async () => (await containers()).every(({ Created }) => Created < Date.now() / 1000 - 6), { timeout: 15_000, interval: 500 }).toBe(true);
    expect((await containers()).map(({ Id }) => Id)).toEqual([waiting]);
    await project.root.as(project.authorization()).volumeProgram(VOLUME_PROGRAM_DIR).identities([name]);
    expect(await containers()).toEqual([]);
  });

  it('read a file again that changes while it is read, and say so when it does not stop', async () => {
    const name = await volume();
    const { Id: writer } = await engineJson<{ Id: string }>('POST', '/containers/create', {
      body: { Image: project.image, Cmd: ['sh', '-c', 'dd if=/dev/zero of=/v/log bs=1048576 count=200 2>/dev/null; while true; do echo line >> /v/log; done'], Labels: project.labels, HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: name, Target: '/v' }] } },
    });
    await engineJson('POST', `/containers/${writer}/start`);
    await expect.poll(() => inVolume(name, 'stat -c %s /v/log 2>/dev/null || echo 0').then(Number), { timeout: 60_000 }).toBeGreaterThan(200 * 2 ** 20);
    const sink = await readInto(program, { volume: name });
    await engineRequest('DELETE', `/containers/${writer}?force=1`);
    expect(sink.changed).toEqual(['{"text":"log"}']);
    const [, log] = sink.entries;
    if (log?.type !== 'file') throw new Error('The log is missing.');
    // What is called changed is one thing all the same: its length is that of its chunks.
    const lengths = await Promise.all(log.chunks.map(async (id) => (await sink.coded(id)).length));
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(log.size);
  });

  it('name devices and attributes that are not kept', async () => {
    const name = await volume();
    await inVolume(name, 'cd /v && mknod null c 1 3 && echo x > a && ls');
    const sink = await readInto(program, { volume: name });
    expect(sink.skips).toEqual([{ path: 'null', why: 'It is a device.' }]);
    expect(textOf(sink)).toEqual(['', 'a']);
  });

  it('count without reading', async () => {
    const name = await volume();
    await inVolume(name, 'cd /v && mkdir d && echo four > d/a && ln d/a b && ln -s b c && truncate -s 1000000 hole');
    const measured = await program.measure({ volume: name }, never);
    expect(measured).toMatchObject({ bytes: 1_000_005, files: 2 });
    expect(measured.freeBytes).toBeGreaterThan(2 ** 20);
  });

  it('read exactly the chosen paths of a folder', async () => {
    await mkdir(join(project.dir, 'data/deep/er'), { recursive: true });
    for (const path of ['data/a', 'data/b', 'data/deep/c', 'data/deep/er/d']) await writeFile(join(project.dir, path), path);
    await symlink('/etc', join(project.dir, 'data/out'));
    const source = { bind: join(project.dir, 'data'), paths: ['deep/er/d', 'b', 'out', 'gone', 'deep/er'] };
    const sink = await readInto(program, source);
    expect(textOf(sink)).toEqual(['', 'b', 'deep', 'deep/er', 'deep/er/d', 'out']);
    expect(sink.skips).toEqual([{ path: 'gone', why: 'It was removed while it was read.' }]);
    expect(textOf(await readInto(program, { ...source, paths: null }))).toEqual(['', 'a', 'b', 'deep', 'deep/c', 'deep/er', 'deep/er/d', 'out']);
    expect(textOf(await readInto(program, { ...source, paths: [] }))).toEqual(['']);
    await expect(readInto(program, { ...source, paths: ['../data/a'] })).rejects.toMatchObject({ code: 'policy-refused' });
    expect(textOf(await readInto(program, { bind: join(project.dir, 'data/a'), paths: null }))).toEqual(['']);
  });

  it('reach nothing that nobody agreed to', async () => {
    const theirs = await makeVolume(`${project.name}-theirs`, `${project.name}-else`);
    try {
      await expect(readInto(program, { volume: theirs })).rejects.toMatchObject({ code: 'trust-required' });
      await expect(program.identities([theirs])).rejects.toMatchObject({ code: 'trust-required' });
      await expect(readInto(program, { bind: '/etc', paths: null })).rejects.toMatchObject({ code: 'trust-required' });
      await symlink('/etc', join(project.dir, 'link'));
      await expect(readInto(program, { bind: join(project.dir, 'link'), paths: ['hostname'] })).rejects.toMatchObject({ code: 'trust-required' });
      await expect(readInto(program, { volume: `${theirs}-none` })).rejects.toMatchObject({ code: 'not-found' });
      const agreed = project.root.as(project.authorization([`foreign-volume:db:${theirs}`, 'bind-outside:web:/etc/default:ro'])).volumeProgram(VOLUME_PROGRAM_DIR);
      await readInto(agreed, { volume: theirs });
      expect(textOf(await readInto(agreed, { bind: '/etc/default', paths: [] }))).toEqual(['']);
      await expect(readInto(project.root.as(project.authorization(null)).volumeProgram(VOLUME_PROGRAM_DIR), { volume: await volume() })).rejects.toMatchObject({ code: 'trust-required' });
      await expect(readInto(project.root.volumeProgram(VOLUME_PROGRAM_DIR), { volume: await volume() })).rejects.toMatchObject({ code: 'policy-refused' });
    } finally {
      await engineRequest('DELETE', `/volumes/${theirs}`);
    }
  });
});

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { OutputOf } from '@shared/contract/contract';
import { statePaths, thisMachine } from '@main/platform/paths';
import { makeManifestTree } from '../../support/manifest-tree';
import { ask } from '../api/kit';
import { manifests } from '../../support/synced-folders';
import { realBerth, type Berth, type Running } from '../runtime/host-process';

const FILES = 1_000;
const COPIES = 40;
const BASE = '/api/gitops-file-management';

interface Heard {
  readonly type: string;
  readonly seq: number;
  readonly operation_id: string;
  readonly state: string;
  readonly progress: { readonly step: number; readonly of: number };
  readonly result?: { readonly files?: number };
}

let berth: Berth;
let serve: Running;
let base: string;
let socketPath: string;
let id: string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'bt-served-')));
  const dir = join(base, 'tree');
  await mkdir(dir);
  await makeManifestTree(dir, FILES - COPIES * 2, 5);
  for (const [path, text] of Object.entries(manifests(COPIES, 0))) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  await writeFile(join(dir, 'compose.yaml'), 'services:\n  a:\n    image: busybox\n');
  berth = await realBerth({ DOCKER_HOST: 'unix:///nowhere.sock' });
  serve = berth.start(['serve']);
  await serve.says('"type":"ready"');
  socketPath = statePaths(thisMachine(), berth.home).socket;
  id = (await berth.json<{ readonly id: string }>('projects', 'open', dir, '--trust')).value.id;
});
afterAll(async () => {
  serve?.child.kill('SIGTERM');
  await serve?.ended;
  await berth?.close();
  await rm(base, { recursive: true, force: true });
});

/** Listens until a message is the last one. */
function hear(isLast: (message: Heard) => boolean, query = ''): { readonly all: Promise<readonly Heard[]>; readonly opened: Promise<void> } {
  const client = new WebSocket(`ws+unix:${socketPath}:/ws/gitops/${id}${query}`);
  const heard: Heard[] = [];
  const opened = new Promise<void>((done) => client.once('open', () => done()));
  const all = new Promise<readonly Heard[]>((done, fail) => {
    client.on('error', fail);
    client.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as Heard;
      heard.push(message);
      if (!isLast(message)) return;
      client.close();
      done(heard);
    });
  });
  return { all, opened };
}

const status = async (): Promise<OutputOf<'gitops.status'>> => (JSON.parse((await ask({ socketPath }, 'GET', `${BASE}/${id}/duplicate_status/`)).text) as { readonly value: OutputOf<'gitops.status'> }).value;
const ends = (type: string) => (message: Heard): boolean => message.type === type && ['succeeded', 'failed', 'rolled-back', 'cancelled'].includes(message.state);

describe('a Berth that serves', () => {
  it('tells a scan of 1,000 files while it goes on and when it ends; the same state is in the answer to a question', async () => {
    const { all, opened } = hear(ends('duplicate_detection_update'));
    await opened;
    const scanned = await berth.json<OutputOf<'gitops.scan'>>('gitops', 'scan', '--project', id, '--fresh');
    expect(scanned.code).toBe(0);
    const heard = await all;
    expect(heard.filter((one) => one.state === 'running').length).toBeGreaterThan(0);
    expect(heard.at(-1)).toMatchObject({ state: 'succeeded', operation_id: scanned.value.operationId, result: { files: FILES + 1 } });
    const steps = heard.map((one) => one.progress.step);
    expect(steps).toEqual([...steps].sort((one, other) => one - other));
    expect(heard.map((one) => one.seq)).toEqual([...new Set(heard.map((one) => one.seq))].sort((one, other) => one - other));
    const last = await status();
    expect(last).toMatchObject({ state: 'idle', progress: 100 });
    expect(Object.values(last.counts).reduce((sum, one) => sum + one, 0)).toBe(last.groups);
    const groups = await berth.json<OutputOf<'gitops.groups'>>('gitops', 'groups', '--project', id);
    expect(groups.value).toHaveLength(last.groups);
    // Who was away goes on behind the number that it has.
    const again = await hear(ends('duplicate_detection_update'), `?since=${String(heard[0]?.seq ?? 0)}`).all;
    expect(again.at(-1)).toEqual(heard.at(-1));
  });

  it('resolves what was found when it is asked for, once, and tells how far it is', async () => {
    const { all, opened } = hear(ends('resolution_progress'));
    await opened;
    const post = (project: string): ReturnType<typeof ask> => ask({ socketPath }, 'POST', `${BASE}/${project}/process_duplicates/`);
    const [first, second] = await Promise.all([post(id), post(id)]);
    expect([first.status, second.status, first.text]).toEqual([202, 202, second.text]);
    expect((await post('p_0000000000000')).status).toBe(404);
    const heard = await all;
    expect(heard.at(-1)).toMatchObject({ state: 'succeeded', operation_id: (JSON.parse(first.text) as { readonly value: { readonly operationId: string } }).value.operationId });
    const done = await status();
    expect(done.progress).toBe(100);
    expect(Object.values(done.counts).reduce((sum, one) => sum + one, 0)).toBe(done.groups);
    expect(done.counts['resolved']).toBe(COPIES);
    const steps = heard.map((one) => one.progress.step);
    expect(steps.length).toBeGreaterThan(2);
    expect(heard.map((one) => one.seq)).toEqual([...new Set(heard.map((one) => one.seq))].sort((one, other) => one - other));
  });

  it('was at none of it for 30 seconds', async () => {
    const { value } = await berth.json<OutputOf<'runtime.metrics'>>('runtime', 'metrics');
    const longest = [...value.durations].sort((one, other) => other.maxMs - one.maxMs);
    process.stdout.write(`longest work: ${longest.slice(0, 5).map(({ name, maxMs }) => `${name} ${maxMs.toFixed(0)} ms`).join(', ')}\n`);
    expect(longest.map(({ name }) => name)).toContain('operation gitops.scan');
    expect(longest[0]?.maxMs).toBeLessThan(30_000);
  });
});

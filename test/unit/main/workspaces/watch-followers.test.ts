import { describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { WatchLine } from '@main/workspaces/types';
import { Follower } from '@main/workspaces/watch-followers';

function stage(workspace: string | null = null) {
  const lines: WatchLine[] = [];
  const state = { covered: true, running: 0, begun: 0, fails: false, store: 'one' };
  const follower = new Follower({
    workspace,
    push: (line) => void lines.push(line),
    isCovered: () => state.covered,
    begin: () => {
      if (state.fails) return Promise.reject(new AppError('service-unreachable', 'S3 does not answer.'));
      state.running += 1;
      state.begun += 1;
      return Promise.resolve({ stop: () => Promise.resolve(void (state.running -= 1)) });
    },
    identity: () => Promise.resolve(state.store),
    now: () => new Date(0),
  });
  return { lines, state, follower, said: () => lines.splice(0).map((line) => `${line.kind}: ${line.message}`) };
}

const line = (workspace: string | null): WatchLine => ({ at: '', kind: 'synced', workspace, message: '', uploaded: 1, deleted: 0, tookMs: 1 });

describe('who follows a watch', () => {
  it('shares the one that is there, goes on alone when it ends, and shares again', async () => {
    const { state, follower, said } = stage();
    await follower.start();
    expect([state.running, said()]).toEqual([0, ['started: Watching all workspaces.']]);
    state.covered = false;
    await follower.settle();
    await follower.settle();
    expect([state.running, said()]).toEqual([1, ['started: Berth no longer watches all workspaces by itself; this goes on watching.']]);
    state.covered = true;
    await follower.settle();
    expect([state.running, said()]).toEqual([0, ['started: Berth watches all workspaces itself again; this goes on with it.']]);
  });

  it('says once that it cannot go on, and goes on as soon as it can', async () => {
    const { state, follower, said } = stage('api');
    await follower.start();
    Object.assign(state, { covered: false, fails: true });
    await follower.settle();
    await follower.settle();
    expect(said().slice(1)).toEqual(['failed: Berth no longer watches api, and this cannot go on yet: S3 does not answer.']);
    state.fails = false;
    await follower.settle();
    expect([state.running, said()]).toEqual([1, ['started: Berth no longer watches api by itself; this goes on watching.']]);
  });

  it('begins anew, without a word, where the store has another address', async () => {
    const { state, follower, said } = stage();
    state.covered = false;
    await follower.start();
    await follower.settle();
    expect([state.begun, state.running]).toEqual([1, 1]);
    state.store = 'two';
    await follower.settle();
    expect([state.begun, state.running, said()]).toEqual([2, 1, ['started: Watching all workspaces.']]);
    Object.assign(state, { store: 'three', fails: true });
    await follower.settle();
    await follower.settle();
    expect([state.running, said()]).toEqual([0, ['failed: Berth no longer watches all workspaces, and this cannot go on yet: S3 does not answer.']]);
  });

  it('leaves nothing behind, also when it ends while it begins', async () => {
    const { state, follower } = stage();
    state.covered = false;
    const started = follower.start();
    const settled = follower.settle();
    await Promise.all([started, settled, follower.end()]);
    await follower.settle();
    expect(state.running).toBe(0);
  });

  it('is told what is for it', async () => {
    const { lines, follower } = stage('api');
    for (const one of [line('api'), line('www'), line(null)]) follower.tell(one);
    expect(lines.map((one) => one.workspace)).toEqual(['api', null]);
  });

  it('is refused at the start when nothing can be watched', async () => {
    const { state, follower } = stage();
    Object.assign(state, { covered: false, fails: true });
    await expect(follower.start()).rejects.toMatchObject({ code: 'service-unreachable' });
  });
});

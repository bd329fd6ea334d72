import { describe, expect, it } from 'vitest';
import type { Project } from '@shared/domain/projects/project';
import { silentLogger } from '@main/platform/logger';
import type { WatchLine } from '@main/workspaces/types';
import { Watcher, type WatcherDependencies } from '@main/workspaces/watcher';

const PROJECT = { id: 'p_1', name: 'shop', dir: '/shop', trusted: true } as unknown as Project;

describe('a watch that somebody follows', () => {
  it('ends as cancelled, so that a command whose host went away goes on with the next one, and leaves no watch behind', async () => {
    let running = 0;
    const deps = {
      engines: { watch: () => Promise.resolve({ stop: () => Promise.resolve(void (running -= 1)) }).then((watch) => ((running += 1), watch)), isSending: () => false, identityOf: () => Promise.resolve('one') },
      now: () => new Date(0),
      log: silentLogger,
    } as unknown as WatcherDependencies;
    const lines: WatchLine[] = [];
    const end = new AbortController();
    const followed = new Watcher(deps).follow({ project: PROJECT }, 'api', end.signal, (line) => {
      lines.push(line);
      end.abort();
    });
    await expect(followed).rejects.toMatchObject({ code: 'cancelled' });
    expect([running, lines.map((line) => line.message)]).toEqual([0, ['Watching api.']]);
  });
});

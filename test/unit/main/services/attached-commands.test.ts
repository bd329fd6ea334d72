import { describe, expect, it } from 'vitest';
import type { RunningExec } from '@main/docker/types';
import { AttachedCommands } from '@main/services/attached-commands';

function running() {
  const said: string[] = [];
  const exec: RunningExec = {
    write: async (data) => void said.push(`write ${Buffer.from(data).toString()}`),
    end: () => void said.push('end'),
    resize: async ({ columns, rows }) => void said.push(`size ${String(columns)}x${String(rows)}`),
    pause: () => void said.push('pause'),
    resume: () => void said.push('resume'),
  };
  return { said, exec };
}

describe('commands that are attached to', () => {
  it('are paused while their listener is behind, once, and go on when it has caught up', () => {
    const attached = new AttachedCommands();
    const { said, exec } = running();
    attached.begin('a', exec, true);
    attached.sent('a', 128 * 1024);
    expect(said).toEqual([]);
    attached.sent('a', 1);
    attached.sent('a', 10_000);
    expect(said).toEqual(['pause']);
    attached.taken('a', 50_000);
    expect(said).toEqual(['pause']);
    attached.taken('a', 80_000);
    expect(said).toEqual(['pause', 'resume']);
    // More than was sent is no credit.
    attached.taken('a', 10_000_000);
    attached.sent('a', 128 * 1024 + 1);
    expect(said).toEqual(['pause', 'resume', 'pause']);
  });

  it('that nobody counts are never paused', () => {
    const attached = new AttachedCommands();
    const { said, exec } = running();
    attached.begin('a', exec, false);
    attached.sent('a', 100_000_000);
    expect(said).toEqual([]);
  });

  it('take their input, its end and their size by name; other names are told that nothing is there', async () => {
    const attached = new AttachedCommands();
    const { said, exec } = running();
    attached.begin('a', exec, false);
    expect(await attached.feed('a', Buffer.from('ls'), false)).toBe(true);
    expect(await attached.resize('a', { columns: 90, rows: 30 })).toBe(true);
    expect(await attached.feed('a', new Uint8Array(), true)).toBe(false);
    expect(await attached.resize('a', { columns: 91, rows: 30 })).toBe(true);
    attached.forget('a');
    expect([await attached.feed('a', Buffer.from('x'), false), await attached.resize('b', { columns: 1, rows: 1 }), attached.taken('b', 1)]).toEqual([false, false, false]);
    expect(said).toEqual(['write ls', 'size 90x30', 'end', 'size 91x30']);
  });

  it('that are owned are ended and waited for, also when one of them fails', async () => {
    const attached = new AttachedCommands();
    const over: string[] = [];
    const own = (name: string, fails: boolean): Promise<void> => {
      let finish: () => void = () => undefined;
      return attached.own(
        () => finish(),
        () => new Promise((resolve, reject) => (finish = () => (over.push(name), fails ? reject(new Error(name)) : resolve()))),
      );
    };
    const first = own('first', false);
    const second = own('second', true);
    const failed = expect(second).rejects.toThrow('second');
    await attached.endOwned();
    await Promise.all([first, failed]);
    expect(over).toEqual(['first', 'second']);
    await attached.endOwned();
  });
});

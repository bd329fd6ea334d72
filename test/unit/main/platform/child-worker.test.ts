import { describe, expect, it } from 'vitest';
import { ChildWorker, type ChildHandle, type ChildSpawner } from '@main/platform/child-worker';

/** A child that lives in this process: `answer` decides what it does with each request. */
function fakeChildren(answer: (text: string, child: number) => string | 'die' | 'hang') {
  let spawned = 0;
  let killed = 0;
  const spawn: ChildSpawner = () => {
    spawned += 1;
    const number = spawned;
    let listener: (message: unknown) => void = () => undefined;
    let exit: () => void = () => undefined;
    queueMicrotask(() => {
      listener({ ready: true });
    });
    const handle: ChildHandle = {
      send: (message) => {
        const { id, bytes } = message as { id: number; bytes: Uint8Array };
        const result = answer(new TextDecoder().decode(bytes), number);
        if (result === 'die') queueMicrotask(exit);
        else if (result !== 'hang') {
          queueMicrotask(() => {
            listener({ id, result });
          });
        }
      },
      onMessage: (added) => {
        listener = added;
      },
      onExit: (added) => {
        exit = added;
      },
      kill: () => {
        killed += 1;
      },
      hold: () => undefined,
    };
    return handle;
  };
  return { spawn, counts: () => ({ spawned, killed }) };
}

const worker = (spawn: ChildSpawner): ChildWorker => new ChildWorker({ entry: 'x', name: 'x', memoryMiB: 1, deadlineMs: 20, startDeadlineMs: 1000, spawn });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('ChildWorker', () => {
  it('answers in order from one child', async () => {
    const { spawn, counts } = fakeChildren((text) => text.toUpperCase());
    const one = worker(spawn);
    expect(await Promise.all(['a', 'b', 'c'].map((text) => one.request(bytes(text))))).toEqual(['A', 'B', 'C']);
    expect(counts()).toEqual({ spawned: 1, killed: 0 });
    one.close();
  });

  it('kills a late child and gives the next request a fresh one', async () => {
    const { spawn, counts } = fakeChildren((text) => (text === 'slow' ? 'hang' : text));
    const one = worker(spawn);
    const slow = one.request(bytes('slow'));
    const next = one.request(bytes('next'));
    await expect(slow).rejects.toMatchObject({ reason: 'deadline' });
    expect(await next).toBe('next');
    expect(counts()).toEqual({ spawned: 2, killed: 1 });
    one.close();
  });

  it('survives a child that dies', async () => {
    const { spawn } = fakeChildren((text) => (text === 'bomb' ? 'die' : text));
    const one = worker(spawn);
    await expect(one.request(bytes('bomb'))).rejects.toMatchObject({ reason: 'died' });
    expect(await one.request(bytes('fine'))).toBe('fine');
    one.close();
  });

  it('ends what waits when it is closed', async () => {
    const { spawn, counts } = fakeChildren(() => 'hang');
    const one = worker(spawn);
    const waiting = [one.request(bytes('a')), one.request(bytes('b'))];
    const outcome = Promise.allSettled(waiting);
    one.close();
    expect((await outcome).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(one.request(bytes('c'))).rejects.toMatchObject({ reason: 'closed' });
    expect(counts().killed).toBe(1);
  });
});

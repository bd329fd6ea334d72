import { describe, expect, test } from 'vitest';
import { reachCommand, reachSight } from '@shared/domain/storage/inside-reach';
import { STORAGE_LABELS } from '@shared/domain/storage/mount-payload';
import type { Engine } from '@main/docker/types';
import { InsideReach } from '@main/storage/inside-reach';

const container = (changed: object = {}) => ({ id: 'c1', name: 'rclone-mount', labels: { [STORAGE_LABELS.endpoint]: 'http://172.17.0.5:9000' }, ...changed });
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

/** An engine whose answers are put into a list, and a clock that is set. */
function stage() {
  const answers: (number | Error)[] = [];
  const asked: (readonly string[])[] = [];
  let nowMs = 0;
  const engine = {
    exec: async (_id: string, command: readonly string[], onOutput: (stream: 'stderr', data: Uint8Array) => void) => {
      asked.push(command);
      const answer = answers.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      if (answer !== 0) onOutput('stderr', Buffer.from("nc: can't connect to remote host (172.17.0.5): Connection refused"));
      return Promise.resolve(answer);
    },
  } as unknown as Engine;
  return { answers, asked, reach: new InsideReach(engine, { monotonic: () => nowMs }), pass: (ms: number) => void (nowMs += ms) };
}

describe('what is asked from inside', () => {
  test('is a connection to host and port, with an end', () => {
    expect(reachCommand('http://berth-s3:9000').slice(-2)).toEqual(['berth-s3', '9000']);
    expect(reachCommand('https://s3.example.org').slice(-2)).toEqual(['s3.example.org', '443']);
    expect(reachCommand('http://[::1]:9000').slice(-2)).toEqual(['::1', '9000']);
    expect(reachCommand('http://x').join(' ')).toContain('timeout -s KILL');
  });

  test.each([
    ['Connection refused', 'nobody takes the connection'],
    ["nc: bad address 'nowhere'", 'its name is not known there'],
    ['No route to host', 'there is no way to it'],
    ['', 'nothing answers in time'],
  ])('that ends with “%s” is said as one sentence', (stderr, why) => {
    expect(reachSight('http://x:9000', 'rclone-mount', { exitCode: 1, stderr })).toEqual({ reachable: false, detail: `S3 at http://x:9000 cannot be reached from the container rclone-mount: ${why}.`, certain: stderr !== '' });
    expect(reachSight('http://x:9000', 'rclone-mount', { exitCode: 0, stderr })).toEqual({ reachable: true, detail: '', certain: true });
  });
});

describe('the look from inside', () => {
  test('is waited for once, and repeated beside the looks afterwards', async () => {
    const { reach, asked, answers, pass } = stage();
    expect(await reach.look(container())).toMatchObject({ reachable: true, detail: '' });
    pass(10_000);
    await reach.look(container());
    expect(asked).toHaveLength(1);
    pass(6_000);
    answers.push(1);
    expect((await reach.look(container())).reachable).toBe(true);
    await settled();
    expect(asked).toHaveLength(2);
    expect((await reach.look(container())).detail).toContain('nobody takes the connection');
  });

  test('calls nothing well that was never seen, and holds what was seen while a machine is busy', async () => {
    const { reach, answers, pass } = stage();
    answers.push(new Error('no answer in time'));
    expect((await reach.look(container())).reachable).toBe(false);
    pass(1_000);
    expect((await reach.look(container())).reachable).toBe(true);
    answers.push(new Error('no answer in time'));
    reach.forget();
    await reach.look(container());
    await settled();
    expect((await reach.look(container())).reachable).toBe(true);
  });

  test('says when nobody needs to wait any more, and not before', async () => {
    const { reach, answers, pass } = stage();
    answers.push(1, 1, 0);
    await reach.look(container());
    expect(reach.hopeless()).toBeNull();
    pass(9_000);
    await reach.look(container());
    expect(reach.hopeless()).toContain('cannot be reached');
    pass(1_000);
    await reach.look(container());
    expect(reach.hopeless()).toBeNull();
  });

  test('gives a machine that does not even answer the question more time', async () => {
    const { reach, answers, pass } = stage();
    answers.push(...Array.from({ length: 3 }, () => new Error('no answer in time')));
    await reach.look(container());
    pass(20_000);
    await reach.look(container());
    expect(reach.hopeless()).toBeNull();
    pass(30_000);
    await reach.look(container());
    expect(reach.hopeless()).toContain('could not be asked');
  });

  test('is of one container; one that an older Berth made is asked nothing', async () => {
    const { reach, asked } = stage();
    await reach.look(container());
    await reach.look(container({ id: 'c2' }));
    expect(asked).toHaveLength(2);
    expect(await reach.look(container({ id: 'c3', labels: {} }))).toMatchObject({ reachable: true, detail: '' });
    expect(asked).toHaveLength(2);
  });
});

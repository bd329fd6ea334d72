import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { attachShell, type ShellDoor, type ShellEnd } from '../../../src/renderer/src/features/terminal/attached-shell';
import { makeHarmless, pasteable, SILENT_SEQUENCES } from '../../../src/renderer/src/features/terminal/harmless';

/** A door that answers when the test says so. */
function door() {
  const given: string[] = [];
  const sizes: { readonly columns: number; readonly rows: number }[] = [];
  const taken: number[] = [];
  let tell: Parameters<ShellDoor['stream']>[1] = () => undefined;
  let end: Parameters<ShellDoor['stream']>[2] = () => undefined;
  let ended = 0;
  let asked: Parameters<ShellDoor['stream']>[0] | null = null;
  const waiting: (() => void)[] = [];
  const answer = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const made: ShellDoor = {
    stream(input, onItems, onEnd) {
      [asked, tell, end] = [input, onItems, onEnd];
      return () => (ended += 1);
    },
    async give({ base64 = '', end: isEnd = false }) {
      given.push(isEnd ? '<end>' : Buffer.from(base64, 'base64').toString('latin1'));
      await answer();
      return { open: true };
    },
    async resize({ columns, rows }) {
      sizes.push({ columns, rows });
      await answer();
      return { open: true };
    },
    async taken({ bytes }) {
      taken.push(bytes);
      return { open: true };
    },
  };
  return {
    made,
    given,
    sizes,
    taken,
    asked: () => asked,
    started: () => tell([{ type: 'started' }]),
    output: (text: string) => tell([{ type: 'output', stream: 'stdout', base64: Buffer.from(text).toString('base64') }]),
    exit: (code: number) => (tell([{ type: 'exit', code }]), end(null)),
    fails: (error: AppError) => end(error),
    stops: () => ended,
    /** Answers everything that waits, until nothing does. */
    async answerAll() {
      for (let turn = 0; turn < 200; turn += 1) {
        waiting.splice(0).forEach((one) => one());
        await Promise.resolve();
        await Promise.resolve();
      }
    },
  };
}

const SIZE = { columns: 80, rows: 24 };

function shellOver(over: ReturnType<typeof door>, size: typeof SIZE | null = SIZE) {
  const seen: { text: string; ends: ShellEnd[]; done: (() => void)[] } = { text: '', ends: [], done: [] };
  const shell = attachShell(over.made, {
    project: 'p_1',
    service: 'api',
    command: [],
    size,
    onOutput(bytes, done) {
      seen.text += Buffer.from(bytes).toString();
      seen.done.push(done);
    },
    onStarted: () => undefined,
    onEnd: (end) => seen.ends.push(end),
  });
  return { shell, seen };
}

describe('a shell that the window is attached to', () => {
  it('is owned by the window, paced, and has a name nobody guesses', () => {
    const over = door();
    shellOver(over);
    expect(over.asked()).toMatchObject({ project: 'p_1', service: 'api', owned: true, paced: true, tty: SIZE });
    expect(over.asked()?.input).toMatch(/^[0-9a-f]{48}$/);
  });

  it('gives what is typed in order, together while one piece is under way, and nothing before it has started', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 12 }), async (pieces) => {
        const over = door();
        const { shell } = shellOver(over);
        shell.type(pieces[0] ?? '');
        expect(over.given).toEqual([]);
        over.started();
        for (const piece of pieces.slice(1)) shell.type(piece);
        await over.answerAll();
        expect(Buffer.from(over.given.join(''), 'latin1').toString()).toBe(Buffer.from(pieces.join('')).toString());
        expect(over.given.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 40 },
    );
  });

  it('cuts what is pasted into pieces that a message holds', async () => {
    const over = door();
    const { shell } = shellOver(over);
    over.started();
    shell.type('x'.repeat(150_000));
    await over.answerAll();
    expect(over.given.map((one) => one.length)).toEqual([49_152, 49_152, 49_152, 2_544]);
  });

  it('tells the newest size only', async () => {
    const over = door();
    const { shell } = shellOver(over);
    shell.resize({ columns: 90, rows: 20 });
    over.started();
    shell.resize({ columns: 100, rows: 21 });
    shell.resize({ columns: 110, rows: 22 });
    shell.resize({ columns: 110, rows: 22 });
    await over.answerAll();
    expect(over.sizes).toEqual([{ columns: 90, rows: 20 }, { columns: 110, rows: 22 }]);
  });

  it('tells what was taken once there is enough of it, and never what was not drawn yet', () => {
    const over = door();
    const { seen } = shellOver(over);
    over.started();
    over.output('a'.repeat(10_000));
    over.output('b'.repeat(10_000));
    expect(over.taken).toEqual([]);
    seen.done.forEach((done) => done());
    expect(over.taken).toEqual([20_000]);
  });

  it('says how it ended, once', () => {
    const over = door();
    const { seen, shell } = shellOver(over);
    over.started();
    over.exit(137);
    shell.close();
    expect([seen.ends, over.stops()]).toEqual([[{ exitCode: 137, error: null }], 0]);
    const refused = door();
    const other = shellOver(refused);
    const error = new AppError('not-supported', 'The image of api has no shell.');
    refused.fails(error);
    expect(other.seen.ends).toEqual([{ exitCode: null, error }]);
  });

  it('says nothing any more once it was closed', () => {
    const over = door();
    const { seen, shell } = shellOver(over);
    over.started();
    shell.close();
    over.output('late');
    over.exit(0);
    expect([seen.text, seen.ends, over.stops()]).toEqual(['', [], 1]);
  });

  it('gives a single command no input', async () => {
    const over = door();
    shellOver(over, null);
    over.started();
    await over.answerAll();
    expect(over.given).toEqual(['<end>']);
    expect(over.asked()).not.toHaveProperty('tty');
  });
});

describe('what a stranger writes into a terminal', () => {
  it('has every dangerous sequence taken from it', () => {
    const osc: number[] = [];
    const others: unknown[] = [];
    const answers: unknown[] = [];
    const take = (callback: (data: never) => boolean | Promise<boolean>): { dispose: () => void } => {
      answers.push(callback(undefined as never));
      return { dispose: () => undefined };
    };
    makeHarmless({
      parser: {
        registerOscHandler: (number: number, callback: never) => (osc.push(number), take(callback)),
        registerDcsHandler: (id: unknown, callback: never) => (others.push(id), take(callback)),
        registerCsiHandler: (id: unknown, callback: never) => (others.push(id), take(callback)),
      } as never,
    });
    expect(osc).toEqual([...SILENT_SEQUENCES]);
    for (const dangerous of [0, 2, 8, 52, 10, 11, 4]) expect(osc).toContain(dangerous);
    expect(others).toContainEqual({ final: 't' });
    // `true` ends it: nobody else sees it.
    expect(new Set(answers)).toEqual(new Set([true]));
  });

  it('cannot end a paste, or type anything else, from the clipboard', () => {
    expect(pasteable('echo a\u001b[201~rm -rf /\u0003\u009b201~\r\n\tb')).toBe('echo a[201~rm -rf /201~\r\n\tb');
    fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(pasteable(text))));
  });
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStream } from '@main/operations/event-stream';
import { createFailpoints, parseFailpoints } from '@main/platform/failpoints';
import { createFileLogger } from '@main/platform/logger';
import { statePaths, type Machine } from '@main/platform/paths';
import { Redactor, Secret } from '@main/platform/redact';
import { createSealer } from '@main/platform/seal';
import { systemClock } from '@main/platform/system-clock';

const linux: Machine = { platform: 'linux', env: {}, homedir: '/home/u', tmpdir: '/tmp', uid: 1000 };

describe('places', () => {
  it('follow the platform', () => {
    expect(statePaths(linux)).toMatchObject({ home: '/home/u/.local/state/berth', socket: '/home/u/.local/state/berth/berth.sock', window: '/home/u/.local/state/berth/window' });
    expect(statePaths({ ...linux, env: { XDG_STATE_HOME: '/s' } }).home).toBe('/s/berth');
    expect(statePaths({ ...linux, env: { XDG_STATE_HOME: 'relative' } }).home).toBe('/home/u/.local/state/berth');
    expect(statePaths({ ...linux, env: { BERTH_HOME: '/b' } }).database).toBe('/b/berth.db');
    expect(statePaths({ ...linux, platform: 'darwin', homedir: '/Users/u' }).home).toBe('/Users/u/Library/Application Support/Berth');
    const windows = statePaths({ ...linux, platform: 'win32', homedir: 'C:\\Users\\u', env: { LOCALAPPDATA: 'C:\\Users\\u\\AppData\\Local' } });
    expect(windows).toMatchObject({ home: 'C:\\Users\\u\\AppData\\Local\\Berth', socket: expect.stringMatching(/^\\\\\.\\pipe\\berth-\w+$/) as string });
  });

  it('keep the socket short enough to bind, whatever the home', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zé/]{0,200}$/), fc.boolean(), (tail, hasRuntime) => {
        const paths = statePaths({ ...linux, env: { BERTH_HOME: `/${tail}`, ...(hasRuntime ? { XDG_RUNTIME_DIR: '/run/user/1000' } : {}) } });
        expect(Buffer.byteLength(paths.socket)).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('secrets', () => {
  it('print as dots in every way', () => {
    const secret = new Secret('hunter2-secret');
    for (const text of [`${String(secret)}`, JSON.stringify({ secret }), inspect({ secret }), inspect(secret, { showHidden: true })]) expect(text).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2-secret');
  });

  it('are taken out in the encodings they leak in', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 40 }).filter((text) => !/^[•\s]*$/.test(text) && !text.includes('•')), fc.constantFrom('plain', 'base64', 'hex', 'url', 'json'), (secret, way) => {
        fc.pre(isWellFormed(secret));
        const redactor = new Redactor();
        redactor.add(secret);
        const bytes = Buffer.from(secret);
        const leaked = { plain: secret, base64: bytes.toString('base64'), hex: bytes.toString('hex'), url: encodeURIComponent(secret), json: JSON.stringify(secret).slice(1, -1) }[way];
        expect(redactor.text(`a ${leaked} b`)).not.toContain(leaked);
      }),
    );
  });

  it('are dotted out by the name of their field', () => {
    expect(new Redactor().value({ password: 'x', nested: { apiKey: 'y', name: 'z' }, url: 'https://u:pw@host/' })).toEqual({ password: '••••••', nested: { apiKey: '••••••', name: 'z' }, url: 'https://u:••••••@host/' });
  });

  it('are sealed, and a changed seal is refused', () => {
    const sealer = createSealer(Buffer.alloc(32, 7));
    const sealed = sealer.seal('PASSWORD=hunter2');
    expect(sealer.open(sealed)).toBe('PASSWORD=hunter2');
    expect(sealer.seal('PASSWORD=hunter2')).not.toBe(sealed);
    const bytes = Buffer.from(sealed, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => sealer.open(bytes.toString('base64'))).toThrow();
    expect(() => createSealer(Buffer.alloc(32, 8)).open(sealed)).toThrow();
  });
});

/** encodeURIComponent throws on half a surrogate pair; such a text is no secret anybody has. */
function isWellFormed(text: string): boolean {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

describe('logger', () => {
  it('writes redacted JSON lines and keeps three files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-log-'));
    const redactor = new Redactor();
    redactor.add('hunter2-secret');
    const logger = createFileLogger({ folder, level: 'info', clock: systemClock, redactor, maxFileBytes: 2_000 });
    logger.debug('not kept');
    for (let n = 0; n < 60; n += 1) {
      logger.info('said hunter2-secret', { n, error: new Error('hunter2-secret') });
      await logger.flush();
    }
    expect((await readdir(folder)).sort()).toEqual(['berth.log', 'berth.log.1', 'berth.log.2']);
    const text = await readFile(join(folder, 'berth.log'), 'utf8');
    expect(text).not.toContain('hunter2');
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ level: 'info', message: 'said ••••••' });
    await rm(folder, { recursive: true });
  });
});

describe('failpoints', () => {
  it('do nothing unless armed, and act on the count that was named', async () => {
    await createFailpoints({}).hit('a', 'before');
    const cancelled = AbortSignal.abort();
    await expect(createFailpoints({ BERTH_FAIL: 'a:before:1:hang' }).hit('a', 'before', cancelled)).rejects.toMatchObject({ code: 'cancelled' });
    const points = createFailpoints({ BERTH_FAIL: 'a:before:2:throw' });
    await points.hit('a', 'before');
    await expect(points.hit('a', 'before')).rejects.toThrow('a:before:2');
    await points.hit('a', 'before');
  });

  it('refuse what is mistyped', () => {
    for (const text of ['a', 'a:soon:1:kill', 'a:after:0:kill', 'a:after:1:explode', 'a:after:1:kill:more']) expect(() => parseFailpoints(text)).toThrow('BERTH_FAIL');
  });
});

describe('event stream', () => {
  it('numbers what it delivers and says when a replay is not complete', () => {
    const stream = createEventStream(systemClock, { ringSize: 3 });
    const seen: number[] = [];
    const subscription = stream.on((event) => seen.push(event.seq));
    for (let n = 1; n <= 5; n += 1) {
      stream.publish({ type: 'bug.reported', message: String(n) });
      stream.flush();
    }
    subscription.dispose();
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(stream.since(2)).toMatchObject({ complete: true, seq: 5, events: [{ seq: 3 }, { seq: 4 }, { seq: 5 }] });
    expect(stream.since(1).complete).toBe(false);
    expect(stream.since(5)).toMatchObject({ complete: true, events: [] });
    expect(stream.since(99).complete).toBe(false);
    stream.close();
  });
});

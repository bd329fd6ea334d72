import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '@main/docker/engine';
import type { Engine, EngineState } from '@main/docker/types';
import { dockerContext, stubEngine, type StubEngine } from '../../support/stub-engine';

describe('engines of this machine', () => {
  let home: string;
  let one: StubEngine;
  let two: StubEngine;
  let engine: Engine | undefined;
  let chosen = '';

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'bt-pl-'));
    one = await stubEngine(join(home, 'one.sock'), '1.0.0-one');
    two = await stubEngine(join(home, 'two.sock'), '2.0.0-two');
    await dockerContext(home, 'first', one.uri);
    await dockerContext(home, 'second', two.uri);
    await dockerContext(home, 'far', 'ssh://me@example.org');
    await dockerContext(home, 'remote', 'tcp://192.0.2.1:2375');
    await mkdir(join(home, '.docker', 'contexts', 'meta', 'broken'), { recursive: true });
    await writeFile(join(home, '.docker', 'contexts', 'meta', 'broken', 'meta.json'), '{');
    await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'first' }));
    chosen = '';
  });
  afterEach(async () => {
    engine?.close();
    await one.close();
    await two.close();
    await rm(home, { recursive: true, force: true });
  });

  const open = (env: { readonly [name: string]: string } = {}): Engine => (engine = createEngine({ env, platform: 'linux', homeDir: home, userId: 4_294_000_000, chosen: () => chosen }));
  const versionOf = (state: EngineState): string => (state.state === 'connected' ? state.info.version : state.state);

  it('finds contexts and sockets, says which is used, and asks nothing of other machines', async () => {
    const opened = open();
    expect(versionOf(await opened.connect())).toBe('1.0.0-one');
    const { places, currentContext, decidedBy } = await opened.places();
    expect([currentContext, decidedBy]).toEqual(['first', null]);
    const byName = new Map(places.map((place) => [place.name, place]));
    expect(byName.get('first')).toMatchObject({ used: true, local: true, origin: 'context first', look: { state: 'answers', apiVersion: '1.47' } });
    expect(byName.get('second')).toMatchObject({ used: false, look: { state: 'answers' } });
    expect(byName.get('far')).toMatchObject({ local: false, look: { state: 'refuses', reason: expect.stringContaining('SSH') as string } });
    expect(byName.get('remote')).toMatchObject({ local: false, look: { state: 'refuses', reason: 'It is another machine: Berth works with engines of this one.' } });
    expect(byName.get('colima')).toMatchObject({ look: { state: 'absent' } });
  });

  it('a socket that is there and does not answer is no absent one', async () => {
    const opened = open();
    await two.close();
    await writeFile(join(home, 'dead.sock'), '');
    await dockerContext(home, 'dead', `unix://${join(home, 'dead.sock')}`);
    const byName = new Map((await opened.places()).places.map((place) => [place.name, place.look.state]));
    expect([byName.get('dead'), byName.get('second')]).toEqual(['refuses', 'absent']);
  });

  it('goes over to the one that is chosen at once, with its events, and says so in between', async () => {
    const opened = open();
    const seen: string[] = [];
    const gaps: string[] = [];
    opened.onStateChanged((state) => void seen.push(versionOf(state)));
    opened.onEvent((event) => void (event.type === 'gap' && gaps.push(event.action)));
    await opened.connect();
    await expect.poll(() => one.streams()).toBe(1);
    chosen = 'second';
    const [first, again] = await Promise.all([opened.change(), opened.change()]);
    expect([versionOf(first), versionOf(again)]).toEqual(['2.0.0-two', '2.0.0-two']);
    expect(seen).toEqual(['1.0.0-one', 'connecting', '2.0.0-two']);
    await expect.poll(() => [one.streams(), two.streams()]).toEqual([0, 1]);
    // Everything is to be looked at again.
    await expect.poll(() => gaps.length).toBeGreaterThan(1);
    expect((await opened.places()).places.filter((place) => place.used).map((place) => place.name)).toEqual(['second']);
    chosen = '';
    expect(versionOf(await opened.change())).toBe('1.0.0-one');
  });

  it('a choice that is gone is said and nothing else is taken for it', async () => {
    const opened = open();
    await opened.connect();
    chosen = 'third';
    const state = await opened.change();
    expect(state).toMatchObject({ state: 'unreachable', message: expect.stringContaining('“third”') as string });
    chosen = two.uri;
    expect(versionOf(await opened.change())).toBe('2.0.0-two');
  });

  it('DOCKER_HOST decides', async () => {
    chosen = 'second';
    const opened = open({ DOCKER_HOST: one.uri });
    expect(versionOf(await opened.connect())).toBe('1.0.0-one');
    expect(await opened.places()).toMatchObject({ decidedBy: 'DOCKER_HOST', chosen: 'second' });
  });

  it('a call that waited on the old engine ends', async () => {
    const opened = open();
    await opened.connect();
    chosen = 'second';
    const ended = opened.followLogs('0123456789ab', { tail: 1, follow: true } as never, () => undefined, new AbortController().signal).then(
      () => 'ended',
      () => 'ended',
    );
    await opened.change();
    expect(await ended).toBe('ended');
  });
});

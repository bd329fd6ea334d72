import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideSwitch } from '@shared/domain/modes/decide-switch';
import { BERTH_LABEL, modeImage } from '@shared/domain/modes/naming';
import { apply, EMPTY, image, input, loaded } from './world';

const SERVICES = ['db', 'api', 'web'];
const dev = loaded('dev', { db: {}, api: { build: { context: '/home/u/shop/api' } }, web: { build: { context: '/home/u/shop/web' } } });
const fingerprints = { buildFingerprints: { api: 'a', web: 'w' } };
const images = Object.fromEntries(['api', 'web'].map((name) => [modeImage('shop', name, 'dev'), image(`built ${name}`, { labels: { [BERTH_LABEL.build]: name[0] ?? '' } })]));
const given = input('dev', { dev }, { ...EMPTY, images: { ...EMPTY.images, ...images } }, fingerprints);
const running = apply(given, decideSwitch(given));
const asked = (services: readonly string[]) => ({ services: new Set(services), noCache: true, pull: false });

it('builds and recreates what is asked for although nothing of it changed, and nothing else', () => {
  fc.assert(
    fc.property(fc.subarray(['api', 'web']), (services) => {
      const decision = decideSwitch({ ...input('dev', { dev }, running, fingerprints), rebuild: asked(services) });
      for (const name of SERVICES) {
        expect(decision.steps.find((one) => one.service === name)?.action).toBe(services.includes(name) ? 'recreate' : 'keep');
        expect(decision.images.find((one) => one.service === name)?.kind).toBe(services.includes(name) ? 'build' : 'none');
      }
      expect(decision.volumes.created).toEqual([]);
    }),
  );
});

it('recreates also where the new image turns out to be the old one', () => {
  const resolvedImages = { api: images[modeImage('shop', 'api', 'dev')]?.id ?? '' };
  const decision = decideSwitch({ ...input('dev', { dev }, running, fingerprints), rebuild: asked(['api']), resolvedImages });
  expect(decision.steps.find((one) => one.service === 'api')).toMatchObject({ action: 'recreate', reasons: ['its image is built anew'] });
});

it('with `pull_policy: build` builds whenever it makes the container, and makes none because of that alone', () => {
  const each = loaded('dev', { api: { build: { context: '/home/u/shop/api' }, pull_policy: 'build' } });
  const of = (observed: typeof running, fingerprint: string) => {
    const decision = decideSwitch(input('dev', { dev: each }, observed, { buildFingerprints: { api: fingerprint } }));
    return [decision.images[0]?.kind, decision.steps[0]?.action];
  };
  const own = images[modeImage('shop', 'api', 'dev')];
  const there = { ...EMPTY, images: { ...EMPTY.images, ...images } };
  expect(of(there, 'a')).toEqual(['build', 'create']);
  const first = decideSwitch(input('dev', { dev: each }, there, { buildFingerprints: { api: 'a' }, resolvedImages: { api: own?.id ?? '' } }));
  const up = apply(input('dev', { dev: each }, there, { buildFingerprints: { api: 'a' } }), first);
  expect(of(up, 'a')).toEqual(['none', 'keep']);
  expect(of(up, 'edited')).toEqual(['build', 'recreate']);
  // Another image than the one it runs from is no reason to believe in it.
  const moved = { ...up, images: { ...up.images, [modeImage('shop', 'api', 'dev')]: image('built again', { labels: { [BERTH_LABEL.build]: 'a' } }) } };
  expect(of(moved, 'a')).toEqual(['build', 'recreate']);
  // What docker compose built and runs.
  const theirs = image('built by compose');
  const byCompose = { ...up, images: { 'app:1': theirs }, containers: up.containers.map((one) => ({ ...one, imageId: theirs.id, labels: { ...one.labels, 'com.docker.compose.image': theirs.id } })) };
  expect(of(byCompose, 'edited')).toEqual(['tag', 'keep']);
});

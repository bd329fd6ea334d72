import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { pullError, pullFailureOf } from '@shared/domain/engine/pull-error';
import { flavourOfImage, imageCandidates, noImage, OWN_IMAGES, pinnedReference, type ImageAttempt } from '@shared/domain/storage/image-candidates';
import { AppError } from '@shared/kernel/app-error';

describe('images that can serve', () => {
  it('are asked for in this order, each pinned', () => {
    expect(imageCandidates('s3').map(({ reference, from }) => `${from} ${reference}`)).toEqual([
      'own berth/minio:local',
      'registry pgsty/silo:RELEASE.2026-08-06T00-00-00Z',
      'registry quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
      'present minio/minio:RELEASE.2025-09-07T16-13-09Z',
      'registry ghcr.io/versity/versitygw:v1.8.0',
    ]);
    for (const role of ['s3', 'rclone', 's3fs'] as const) {
      for (const { reference } of imageCandidates(role)) expect(pinnedReference(reference)).toBe(reference);
      for (const base of OWN_IMAGES[role].bases) expect(pinnedReference(base)).toBe(base);
    }
  });

  it('leave out what cannot read the data that is there', () => {
    expect(imageCandidates('s3', 'silo').map(({ flavour }) => flavour)).toEqual(['minio', 'silo', 'minio', 'minio']);
    expect(imageCandidates('s3', 'versitygw').map(({ flavour }) => flavour)).toEqual(['versitygw']);
    expect(imageCandidates('s3', 'rustfs')).toEqual([]);
  });

  it('warn of what is frozen', () => {
    const notices = imageCandidates('s3').map((candidate) => candidate.notices.join(' '));
    expect(notices[1]).toBe('');
    expect(notices[2]).toContain('GHSA-jjjj-jwhf-8rgr');
    expect(notices[4]).toContain('one pair of keys');
  });

  it('are what the Dockerfiles name', async () => {
    for (const { folder, bases } of Object.values(OWN_IMAGES)) {
      const text = await readFile(`resources/images/${folder}/Dockerfile`, 'utf8');
      if (bases[0] !== undefined) expect(text).toContain(`ARG BASE_IMAGE=${bases[0]}\n`);
    }
  });
});

describe('an image of the user’s own choice', () => {
  it('is pinned', () => {
    for (const good of ['quay.io/x/minio:1', 'localhost:5000/a/b:v2', `minio/minio@sha256:${'a'.repeat(64)}`]) expect(pinnedReference(` ${good} `)).toBe(good);
    for (const bad of ['', 'minio/minio', 'minio/minio:latest', 'localhost:5000/minio', 'a b:1', '-v:1', 'x:1;rm', 'a\nb:1']) expect(() => pinnedReference(bad), bad).toThrow(AppError);
  });

  it('is told by its label, else by its name', () => {
    expect(flavourOfImage('corp/s3:1', { 'dev.berth.flavour': 'silo' })).toEqual({ flavour: 'silo', notices: [] });
    expect(flavourOfImage('corp.example/mirror/minio:1', {}).flavour).toBe('minio');
    expect(flavourOfImage('ghcr.io/versity/versitygw:v1', {}).flavour).toBe('versitygw');
    expect(flavourOfImage('corp/s3:1', { 'dev.berth.flavour': 'toString' })).toMatchObject({ flavour: 'minio', notices: [expect.stringContaining('does not say')] });
  });
});

describe('when there is no image', () => {
  const said = (...kinds: ImageAttempt['kind'][]): AppError => noImage('s3', kinds.map((kind, index) => ({ reference: `r${index}:1`, kind })), { pull: true, build: false });

  it('says what was tried, and what to do', () => {
    expect(noImage('rclone', [{ reference: 'berth/rclone:local', kind: 'absent' }], { pull: false, build: false })).toMatchObject({
      code: 'setup-failed',
      message: 'There is no image for mounts and copies (rclone): berth/rclone:local is not on this machine.',
      hint: expect.stringMatching(/--pull.*--build.*npm run -s storage:images/),
    });
    expect(said('not-found', 'offline').hint).toContain('online');
    expect(said('offline', 'rate-limited').hint).toContain('docker login');
    expect(said('denied').hint).toContain('storage server --image');
    expect(said('other').hint).toContain('--build');
    expect(said('not-found', 'other-machine').message).toBe('There is no image for the S3 server: r0:1 does not exist in its registry; r1:1 is not made for this kind of computer.');
  });
});

describe('the kind of a failed download', () => {
  it.each([
    ["pull access denied for minio/minio, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", 'not-found'],
    ['manifest for quay.io/minio/minio:RELEASE.x not found: manifest unknown: manifest unknown', 'not-found'],
    ['toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit', 'rate-limited'],
    ['received unexpected HTTP status: 429 Too Many Requests', 'rate-limited'],
    ['Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 192.168.1.1:53: no such host', 'offline'],
    ['Get "https://quay.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)', 'offline'],
    ['unauthorized: access to the requested resource is not authorized', 'denied'],
    ['no matching manifest for linux/riscv64 in the manifest list entries', 'other-machine'],
    ['filesystem layer verification failed for digest sha256:1', 'other'],
  ])('%s', (message, kind) => {
    expect(pullFailureOf(pullError('x:1', message))).toBe(kind);
  });

  it('is none for other errors', () => {
    expect(pullFailureOf(pullError('x:1', 'write /var/lib/docker/tmp: no space left on device'))).toBeNull();
    expect(pullFailureOf(new Error('x'))).toBeNull();
  });
});

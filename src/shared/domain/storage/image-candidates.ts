import type { PullFailure } from '../engine/pull-error';
import { AppError } from '../../kernel/app-error';
import { FLAVOURS, sameData, type LocalFlavour } from './flavours';

/** What a container plays in storage. */
export type StorageImageRole = 's3' | 'rclone' | 's3fs' | 'workspace';

/** An image that can serve, in the order of the list. */
export interface ImageCandidate {
  /** Pinned by tag; by digest too where one is known. Never `latest`. */
  readonly reference: string;
  /** Server flavour; the role itself for the others. */
  readonly flavour: string;
  /** own: made here from resources/images, never in a registry. present: only where it is on this machine already. */
  readonly from: 'own' | 'present' | 'registry';
  readonly notices: readonly string[];
}

/** How Berth's own image of a role is made from resources/images. */
export interface OwnImage {
  /** Below resources/images. */
  readonly folder: string;
  readonly sources: readonly string[];
  readonly reference: string;
  /** Bases it can be built on, the first one from a registry; none: the build fetches and compiles its source. */
  readonly bases: readonly string[];
}

const FROZEN = 'This image is frozen since September 2025 and has a known hole (GHSA-jjjj-jwhf-8rgr): keep it on this machine only.';
const MINIO_RELEASE = 'RELEASE.2025-09-07T16-13-09Z';

/** Berth's own images by role. */
export const OWN_IMAGES: { readonly [role in StorageImageRole]: OwnImage } = {
  s3: { folder: 'minio', sources: ['Dockerfile'], reference: 'berth/minio:local', bases: [] },
  rclone: { folder: 'rclone', sources: ['Dockerfile', 'berth-storage'], reference: 'berth/rclone:local', bases: ['rclone/rclone:1.75.2', 'berth/rclone-base:local'] },
  s3fs: { folder: 's3fs', sources: ['Dockerfile', 'berth-s3fs'], reference: 'berth/s3fs:local', bases: ['alpine:3.22', 'berth/s3fs-base:local'] },
  workspace: {
    folder: 'workspace',
    sources: ['Dockerfile', 'berth-workspace.mjs', 'copy-source.mjs', 'fill-volume.mjs', 's3-source.mjs', 'start-app.mjs', 'static-files.mjs'],
    reference: 'berth/workspace:local',
    bases: ['node:22-alpine', 'berth/workspace-base:local'],
  },
};

const server = (flavour: LocalFlavour, reference: string, from: ImageCandidate['from'], notices: readonly string[] = []): ImageCandidate => ({ reference, flavour, from, notices: [...notices, ...FLAVOURS[flavour].notices] });

/** S3 servers, best first: what was made here, the maintained fork, MinIO's last images, another kind of server. */
const SERVERS: readonly ImageCandidate[] = [
  server('minio', OWN_IMAGES.s3.reference, 'own'),
  server('silo', 'pgsty/silo:RELEASE.2026-08-06T00-00-00Z', 'registry'),
  server('minio', `quay.io/minio/minio:${MINIO_RELEASE}`, 'registry', [FROZEN]),
  // Docker Hub has it no more; who pulled it before still has it.
  server('minio', `minio/minio:${MINIO_RELEASE}`, 'present', [FROZEN]),
  server('versitygw', 'ghcr.io/versity/versitygw:v1.8.0', 'registry'),
];

/** The images that can serve a role, best first. Where data was written already, only servers that can read it. Mounts and copies need the entry of Berth's own images. */
export function imageCandidates(role: StorageImageRole, written: string | null = null): readonly ImageCandidate[] {
  if (role !== 's3') return [{ reference: OWN_IMAGES[role].reference, flavour: role, from: 'own', notices: [] }];
  return written === null ? SERVERS : SERVERS.filter(({ flavour }) => sameData(written, flavour));
}

/** Which server an image of the user's own choice is: its label says so, else its name; most private mirrors keep the name. */
export function flavourOfImage(reference: string, labels: { readonly [name: string]: string }): { readonly flavour: LocalFlavour; readonly notices: readonly string[] } {
  const labelled = labels['dev.berth.flavour'] ?? '';
  const names = Object.keys(FLAVOURS) as LocalFlavour[];
  const flavour = names.find((name) => name === labelled) ?? names.toReversed().find((name) => reference.includes(name));
  if (flavour !== undefined) return { flavour, notices: FLAVOURS[flavour].notices };
  return { flavour: 'minio', notices: [`${reference} does not say which S3 server it is; it is started as MinIO.`] };
}

/** An image name as it may be chosen: with a tag or a digest, and not `latest`, which is something else tomorrow. */
export function pinnedReference(text: string): string {
  const reference = text.trim();
  if (!/^[a-z0-9][\w.:/-]*(?:@sha256:[0-9a-f]{64})?$/i.test(reference) || reference.length > 512) throw new AppError('input-invalid', `“${text}” is not the name of an image.`, { hint: 'Write it as registry/name:tag.' });
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  if (!last.includes('@') && (!last.includes(':') || last.endsWith(':latest'))) {
    throw new AppError('input-invalid', `The image ${reference} is not pinned: what it is can change from one day to the next.`, { hint: 'Name a version as its tag, or a digest.' });
  }
  return reference;
}

/** What became of one candidate. */
export interface ImageAttempt {
  readonly reference: string;
  readonly kind: PullFailure | 'absent';
}

const OUTCOMES: { readonly [kind in ImageAttempt['kind']]: string } = {
  absent: 'is not on this machine',
  'not-found': 'does not exist in its registry',
  denied: 'may not be downloaded by you',
  'rate-limited': 'may be downloaded again later: its registry allows no more for now',
  offline: 'cannot be reached',
  'other-machine': 'is not made for this kind of computer',
  other: 'could not be downloaded',
};

const TITLES: { readonly [role in StorageImageRole]: string } = { s3: 'the S3 server', rclone: 'mounts and copies (rclone)', s3fs: 'mounts (s3fs)', workspace: 'the containers of workspaces' };

/** The refusal when no candidate can be had: what was tried, and what to do now. */
export function noImage(role: StorageImageRole, attempts: readonly ImageAttempt[], consent: { readonly pull: boolean; readonly build: boolean }): AppError {
  const tried = attempts.map(({ reference, kind }) => `${reference} ${OUTCOMES[kind]}`).join('; ');
  return new AppError('setup-failed', `There is no image for ${TITLES[role]}: ${tried}.`, {
    hint: hintFor(role, attempts, consent),
    details: { role, tried: attempts.map(({ reference, kind }) => ({ reference, kind })) },
  });
}

function hintFor(role: StorageImageRole, attempts: readonly ImageAttempt[], consent: { readonly pull: boolean; readonly build: boolean }): string {
  const byHand = 'In a checkout of Berth, `npm run -s storage:images` makes it without a registry.';
  // Its base is all it takes, and no command that needs it asks for more.
  if (role === 'workspace') return `Fetch its base with \`docker pull ${OWN_IMAGES.workspace.bases[0] ?? ''}\` and start again. ${byHand}`;
  if (!consent.pull && !consent.build) return `Allow Berth to download it (--pull) or to make it here (--build). ${byHand}`;
  const kinds = new Set(attempts.map(({ kind }) => kind));
  if (kinds.has('rate-limited')) return `Wait a while, or run \`docker login\`: known users may download more. ${byHand}`;
  if (kinds.has('offline')) return `Look whether this computer is online, and whether a proxy has to be set for Docker. ${byHand}`;
  if (kinds.has('denied') || kinds.has('not-found')) return `Run \`docker login\` for its registry${role === 's3' ? ', or choose another image (berth storage server --image …)' : ''}. ${byHand}`;
  return consent.build ? byHand : `Allow Berth to make it here (--build). ${byHand}`;
}

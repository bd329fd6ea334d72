import { COMPOSE_LABELS } from '../engine/read-container';
import type { BuildCacheUse, EngineDisk, ImageUse } from '../engine/disk-use';
import { BERTH_LABEL } from '../modes/naming';

export type DiskKind = 'image' | 'volume' | 'build-cache' | 'container';

/** One thing on the engine's disk. `id` carries its kind: 'image:sha256:…'. */
export interface DiskItem {
  readonly id: string;
  readonly kind: DiskKind;
  readonly name: string;
  /** What its removal frees at least; data shared with others is not counted. */
  readonly sizeBytes: number;
  readonly createdAt: string;
  readonly why: string;
  readonly removable: boolean;
}

/** Types of build cache the engine keeps for its builder itself. */
const BUILDER_OWN = ['internal', 'frontend'];

/** Why an image may go; empty when it stays: in use, the base of another, downloaded, or not built for a project that is open. */
function whyImage(image: ImageUse, disk: EngineDisk, projects: readonly string[]): string {
  if (image.containers > 0 || disk.containers.some((one) => one.imageId === image.id)) return '';
  if (disk.images.some((one) => one.parentId === image.id)) return '';
  if (image.digests.length > 0) return '';
  const project = image.labels[COMPOSE_LABELS.project] ?? '';
  const open = projects.includes(project);
  if (image.tags.length === 0) {
    if (project !== '' && !open && image.labels[BERTH_LABEL.build] === undefined) return '';
    return 'No container uses it and it has no name any more: a newer build took it.';
  }
  // Labels are inherited by images built on top, so every name must be the project's as well.
  if (!open || !image.tags.every((tag) => tag.startsWith(`${project}-`) || tag.startsWith(`${project}_`))) return '';
  return `No container uses it. It was built for ${project}; a switch that needs it builds it again.`;
}

function whyCache(cache: BuildCacheUse): string {
  if (cache.inUse || cache.shared || BUILDER_OWN.includes(cache.type)) return '';
  return 'No build uses it now; a later build may take longer without it.';
}

function imageName(image: ImageUse): string {
  return image.tags.join(', ') || image.digests.join(', ') || `${image.labels[COMPOSE_LABELS.project] ?? ''} ${image.labels[COMPOSE_LABELS.service] ?? ''} ${image.id.slice(7, 19)}`.trim();
}

/** Everything on the engine's disk, the largest first, and what of it may go. Volumes hold data and containers may be wanted again: neither is ever offered. */
export function diskItems(disk: EngineDisk, projects: readonly string[]): readonly DiskItem[] {
  const item = (kind: DiskKind, id: string, name: string, sizeBytes: number, createdAt: string, why: string): DiskItem => ({ id: `${kind}:${id}`, kind, name, sizeBytes, createdAt, why, removable: why !== '' });
  const items = [
    ...disk.images.map((one) => item('image', one.id, imageName(one), one.ownBytes, one.createdAt, whyImage(one, disk, projects))),
    ...disk.volumes.map((one) => item('volume', one.name, one.name, one.sizeBytes, one.createdAt, '')),
    ...disk.buildCache.map((one) => item('build-cache', one.id, one.description, one.sizeBytes, one.createdAt, whyCache(one))),
    ...disk.containers.filter((one) => !one.running).map((one) => item('container', one.id, one.name, one.writtenBytes, one.createdAt, '')),
  ];
  return items.sort((left, right) => right.sizeBytes - left.sizeBytes || (left.id < right.id ? -1 : 1));
}

/** Counts and bytes of one kind. */
export interface DiskTotal {
  readonly count: number;
  readonly sizeBytes: number;
  readonly reclaimableBytes: number;
}

/** The four totals, with what the removable items would free at least. */
export function diskTotals(disk: EngineDisk, items: readonly DiskItem[]): { readonly images: DiskTotal; readonly volumes: DiskTotal; readonly buildCache: DiskTotal; readonly containers: DiskTotal } {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const total = (kind: DiskKind, count: number, sizeBytes: number): DiskTotal => ({ count, sizeBytes, reclaimableBytes: sum(items.filter((one) => one.kind === kind && one.removable).map((one) => one.sizeBytes)) });
  return {
    images: total('image', disk.images.length, disk.layersBytes),
    volumes: total('volume', disk.volumes.length, sum(disk.volumes.map((one) => one.sizeBytes))),
    buildCache: total('build-cache', disk.buildCache.length, sum(disk.buildCache.map((one) => (one.shared ? 0 : one.sizeBytes)))),
    containers: total('container', disk.containers.length, sum(disk.containers.map((one) => one.writtenBytes))),
  };
}

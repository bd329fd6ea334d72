import { COMPOSE_LABELS } from './read-container';
import { fieldOf, listOf, numberOf, textMapOf, textOf, textsOf } from './read-json';

type Labels = { readonly [key: string]: string };

/** An image as `GET /system/df` tells of it. */
export interface ImageUse {
  readonly id: string;
  readonly parentId: string;
  readonly tags: readonly string[];
  /** Names with a digest, under which it was downloaded. */
  readonly digests: readonly string[];
  readonly labels: Labels;
  readonly createdAt: string;
  readonly sizeBytes: number;
  /** What no other image shares: what its removal frees. */
  readonly ownBytes: number;
  readonly containers: number;
}

export interface VolumeUse {
  readonly name: string;
  readonly labels: Labels;
  readonly createdAt: string;
  readonly sizeBytes: number;
  readonly containers: number;
}

export interface BuildCacheUse {
  readonly id: string;
  readonly parents: readonly string[];
  /** regular, source.local, exec.cachemount, frontend, internal … */
  readonly type: string;
  readonly description: string;
  readonly inUse: boolean;
  /** True when an image holds the same data: then nothing is freed without that image. */
  readonly shared: boolean;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

export interface ContainerUse {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly imageId: string;
  readonly running: boolean;
  /** What it has written into its own layer. */
  readonly writtenBytes: number;
  readonly createdAt: string;
}

/** What the engine keeps on its disk. */
export interface EngineDisk {
  /** All layers of all images, each once. */
  readonly layersBytes: number;
  readonly images: readonly ImageUse[];
  readonly volumes: readonly VolumeUse[];
  readonly buildCache: readonly BuildCacheUse[];
  readonly containers: readonly ContainerUse[];
}

/** The engine's placeholder for "no name". */
const NONE = /^<none>(?:[:@]<none>)?$|@?<none>$/;

function named(value: unknown): readonly string[] {
  return textsOf(value).filter((one) => !NONE.test(one));
}

/** Unix seconds to ISO; empty for what is no time. */
function isoOf(seconds: unknown): string {
  const value = numberOf(seconds);
  return value > 0 && value < 8.64e12 ? new Date(value * 1000).toISOString() : '';
}

function imageOf(item: unknown): ImageUse {
  const sizeBytes = numberOf(fieldOf(item, 'Size'));
  return {
    id: textOf(fieldOf(item, 'Id')),
    parentId: textOf(fieldOf(item, 'ParentId')),
    tags: named(fieldOf(item, 'RepoTags')),
    digests: named(fieldOf(item, 'RepoDigests')),
    labels: textMapOf(fieldOf(item, 'Labels')),
    createdAt: isoOf(fieldOf(item, 'Created')),
    sizeBytes,
    // -1 = the engine did not work it out.
    ownBytes: Math.max(0, sizeBytes - Math.max(0, numberOf(fieldOf(item, 'SharedSize')))),
    containers: Math.max(0, numberOf(fieldOf(item, 'Containers'))),
  };
}

function volumeOf(item: unknown): VolumeUse {
  return {
    name: textOf(fieldOf(item, 'Name')),
    labels: textMapOf(fieldOf(item, 'Labels')),
    createdAt: textOf(fieldOf(item, 'CreatedAt')),
    sizeBytes: Math.max(0, numberOf(fieldOf(item, 'UsageData', 'Size'))),
    containers: Math.max(0, numberOf(fieldOf(item, 'UsageData', 'RefCount'))),
  };
}

function buildCacheOf(item: unknown): BuildCacheUse {
  const parent = textOf(fieldOf(item, 'Parent'));
  return {
    id: textOf(fieldOf(item, 'ID')),
    parents: [...new Set([...(parent === '' ? [] : [parent]), ...textsOf(fieldOf(item, 'Parents'))])],
    type: textOf(fieldOf(item, 'Type')),
    description: textOf(fieldOf(item, 'Description')),
    inUse: fieldOf(item, 'InUse') === true,
    shared: fieldOf(item, 'Shared') === true,
    sizeBytes: Math.max(0, numberOf(fieldOf(item, 'Size'))),
    createdAt: textOf(fieldOf(item, 'CreatedAt')),
  };
}

function containerOf(item: unknown): ContainerUse {
  const id = textOf(fieldOf(item, 'Id'));
  const state = textOf(fieldOf(item, 'State'));
  return {
    id,
    name: (textsOf(fieldOf(item, 'Names'))[0] ?? id).replace(/^\//, ''),
    project: textMapOf(fieldOf(item, 'Labels'))[COMPOSE_LABELS.project] ?? '',
    imageId: textOf(fieldOf(item, 'ImageID')),
    running: state === 'running' || state === 'paused' || state === 'restarting',
    writtenBytes: Math.max(0, numberOf(fieldOf(item, 'SizeRw'))),
    createdAt: isoOf(fieldOf(item, 'Created')),
  };
}

/** Reads the answer of `GET /system/df`. */
export function diskFromJson(body: unknown): EngineDisk {
  return {
    layersBytes: Math.max(0, numberOf(fieldOf(body, 'LayersSize'))),
    images: listOf(fieldOf(body, 'Images')).map(imageOf),
    volumes: listOf(fieldOf(body, 'Volumes')).map(volumeOf),
    buildCache: listOf(fieldOf(body, 'BuildCache')).map(buildCacheOf),
    containers: listOf(fieldOf(body, 'Containers')).map(containerOf),
  };
}

/** All the engine's disk holds of images and build cache, each byte once: what a clean-up is measured by. */
export function measuredBytes(disk: EngineDisk): number {
  return disk.layersBytes + disk.buildCache.reduce((sum, one) => sum + (one.shared ? 0 : one.sizeBytes), 0);
}

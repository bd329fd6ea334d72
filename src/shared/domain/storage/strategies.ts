import { lookupIn, type Environment, type Lookup } from '../compose/environment';
import { editResources } from '../services/edit-resources';
import { editYaml, type YamlEdit, type YamlEditOutcome } from '../yaml/edit-yaml';
import { rewriteScalars } from '../yaml/rewrite-scalars';
import { ByHand } from '../yaml/yaml-places';
import { bucketOfTarget, pathOfTarget, renameRemote, retarget, writtenStorage, type WrittenService, type WrittenTarget } from './written-service';

/** A way to mend conflicts. `all` is one after the other, with either of the first two. */
export type StorageStrategy = 'bucket-separation' | 'folder-separation' | 'container-separation' | 'resource-optimization' | 'all';

/** A file with a strategy applied, and sentences on what only a person can change in it. */
export interface StrategyOutcome {
  readonly text: string;
  readonly byHand: readonly string[];
  /** Variables of buckets that the new text needs. */
  readonly variables: readonly string[];
}

/** Who has which resources afterwards: bytes of memory and cores, limits first. */
export const OPTIMIZED = {
  mount: { memoryBytes: 256 * 1024 ** 2, cpus: 0.2, reservedMemoryBytes: 128 * 1024 ** 2, reservedCpus: 0.1 },
  sync: { memoryBytes: 128 * 1024 ** 2, cpus: 0.1, reservedMemoryBytes: 64 * 1024 ** 2, reservedCpus: 0.05 },
} as const;

const CONFIG = { mount: '/root/.config/rclone-mount', sync: '/root/.config/rclone-sync' } as const;
const OWN_IMAGE = 'berth/rclone:local';
const PINNED_IMAGE = 'rclone/rclone:1.75.2';

/** Applies a strategy to the text of a compose file: comments, quotes and everything else in it stay. `variables`: what `.env` says; `separation`: how `all` keeps writers apart. */
export function applyStrategy(text: string, strategy: StorageStrategy, variables: Environment, separation: 'bucket-separation' | 'folder-separation' = 'bucket-separation'): StrategyOutcome {
  if (strategy === 'all') {
    const parts = ([separation, 'container-separation', 'resource-optimization'] as const).reduce<StrategyOutcome>(
      (before, one) => {
        const after = applyStrategy(before.text, one, variables);
        return { text: after.text, byHand: [...before.byHand, ...after.byHand], variables: [...before.variables, ...after.variables] };
      },
      { text, byHand: [], variables: [] },
    );
    return { ...parts, byHand: [...new Set(parts.byHand)], variables: [...new Set(parts.variables)] };
  }
  try {
    const edit = new Editing(text);
    if (strategy === 'bucket-separation') separateBuckets(edit, variables);
    else if (strategy === 'folder-separation') separateFolders(edit, variables);
    else if (strategy === 'container-separation') separateContainers(edit);
    else optimizeResources(edit);
    return edit.outcome();
  } catch (error) {
    if (error instanceof ByHand) return { text, byHand: [error.message], variables: [] };
    throw error;
  }
}

/** A text that is changed step by step; what cannot be is remembered. */
class Editing {
  private readonly byHand: string[] = [];
  private readonly variables = new Set<string>();

  constructor(private text: string) {
    const { services, scripts } = writtenStorage(text);
    if (services.length > 0 || scripts.length === 0) return;
    for (const name of scripts) this.byHand.push(`${name} runs a script: change its buckets, its configuration and its image by hand.`);
  }

  get services(): readonly WrittenService[] {
    return writtenStorage(this.text).services;
  }

  /** The service as it is written by now. */
  again(name: string): WrittenService | undefined {
    return this.services.find((one) => one.service === name);
  }

  needs(variable: string): void {
    this.variables.add(variable);
  }

  leave(sentence: string): void {
    this.byHand.push(sentence);
  }

  apply(what: string, change: (text: string) => YamlEditOutcome): boolean {
    const outcome = change(this.text);
    if (outcome.kind === 'edited') this.text = outcome.text;
    else this.leave(`${what} must be done by hand. ${outcome.reason}`);
    return outcome.kind === 'edited';
  }

  edits(what: string, edits: readonly YamlEdit[]): void {
    if (edits.length > 0) this.apply(what, (text) => editYaml(text, edits));
  }

  outcome(): StrategyOutcome {
    return { text: this.text, byHand: this.byHand, variables: [...this.variables] };
  }
}

/** Copies whose bucket is mounted too go to buckets of their own. */
function separateBuckets(edit: Editing, variables: Environment): void {
  const lookup = lookupIn(variables);
  const mounts = edit.services.filter((one) => one.role === 'mount').flatMap((one) => one.targets);
  const isShared = (target: WrittenTarget): boolean => {
    const bucket = bucketOfTarget(target, lookup);
    return mounts.some((mount) => {
      const other = bucketOfTarget(mount, lookup);
      return other.text === bucket.text || ((!other.certain || !bucket.certain) && mount.remote === target.remote);
    });
  };
  for (const service of edit.services.filter((one) => one.role === 'sync')) {
    const shared = service.targets.filter(isShared);
    for (const target of shared) moveTarget(edit, service, target, service.targets.every((one) => one.remote !== target.remote || shared.includes(one)));
  }
}

/** /mnt/efs/logs goes to the bucket for logs, everything else to the archive. */
function moveTarget(edit: Editing, service: WrittenService, target: WrittenTarget, isWhole: boolean): void {
  const folder = target.place.split('/').filter((part) => part !== '').at(-1) ?? '';
  const purpose = folder === 'logs' ? 'logs' : 'archive';
  const variable = `S3_${purpose.toUpperCase()}_BUCKET`;
  const prefix = folder === 'logs' || folder === 'processed' ? '' : `/${folder}`;
  const remote = `s3-${purpose}`;
  if (!edit.apply(`Another bucket for ${target.place} of ${service.service}`, (text) => retarget(text, service.service, target, `${remote}:\${${variable}}${prefix}`))) return;
  edit.needs(variable);
  const now = edit.again(service.service);
  if (now === undefined) return;
  const isLast = isWhole && now.targets.every((one) => one.remote !== target.remote);
  edit.edits(`The settings of ${remote} in ${service.service}`, renameRemote(now, target.remote, remote, !isLast));
}

/** Whoever shares a bucket works in a folder of it that is called after what it does; folders that lie apart stay. */
function separateFolders(edit: Editing, variables: Environment): void {
  const lookup = lookupIn(variables);
  const before = edit.services;
  const all = before.flatMap((service) => service.targets.map((target) => ({ service, target, ...placeOfTarget(target, lookup) })));
  const sharing = all.filter((one) => all.some((other) => other.service !== one.service && meet(one, other)));
  for (const { service, target } of sharing) {
    const isOnlyOne = before.filter((one) => one.role === service.role).length === 1;
    const [, bucket = '', rest = ''] = /^((?:\$\{[^}]*\}|[^/])+)\/?(.*)$/.exec(target.path.replace(/^\/+/, '')) ?? [];
    const folder = isOnlyOne ? service.role : service.service;
    edit.apply(`A folder of its own for ${target.place} of ${service.service}`, (text) => retarget(text, service.service, target, `${target.remote}:${[bucket, folder, rest].filter((part) => part !== '').join('/')}`));
  }
}

interface TargetPlace {
  readonly target: WrittenTarget;
  readonly bucket: string;
  readonly folder: string;
  readonly certain: boolean;
}

function placeOfTarget(target: WrittenTarget, lookup: Lookup): Omit<TargetPlace, 'target'> {
  const { text, certain } = pathOfTarget(target, lookup);
  const [bucket = '', ...folders] = text.split('/');
  return { bucket, folder: `${folders.join('/')}/`.replace(/^\/$/, ''), certain };
}

/** The same bucket, as far as can be known, and one folder within the other. */
function meet(one: TargetPlace, other: TargetPlace): boolean {
  const isSame = one.bucket === other.bucket || ((!one.certain || !other.certain) && one.target.remote === other.target.remote);
  return isSame && (one.folder.startsWith(other.folder) || other.folder.startsWith(one.folder));
}

/** Each with a configuration, an image and keys of its own. */
function separateContainers(edit: Editing): void {
  const before = edit.services;
  for (const { service, role } of before) {
    const config = CONFIG[role];
    const now = edit.again(service);
    if (now === undefined) continue;
    const edits: YamlEdit[] = [];
    if (now.environment?.['RCLONE_CONFIG'] !== `${config}/rclone.conf`) edits.push({ kind: 'set', path: ['services', service, 'environment', 'RCLONE_CONFIG'], value: `${config}/rclone.conf` });
    if (now.image.endsWith(':latest') || !/[:@]/.test(now.image.slice(now.image.lastIndexOf('/') + 1))) edits.push({ kind: 'set', path: ['services', service, 'image'], value: now.ownForm ? OWN_IMAGE : PINNED_IMAGE });
    if (now.containerName === 'rclone-sidecar') edits.push({ kind: 'set', path: ['services', service, 'container_name'], value: 'rclone-mount' });
    edit.edits(`A configuration of its own for ${service}`, edits);
    separateVolume(edit, now, role);
    separateKeys(edit, now, before);
  }
}

function separateVolume(edit: Editing, service: WrittenService, role: WrittenService['role']): void {
  const own = `rclone-${role}-config`;
  for (const [index, volume] of service.volumes.entries()) {
    const found = /^([A-Za-z0-9][\w.-]*):(\/root\/\.config\/rclone)(?::\w+)?$/.exec(volume);
    if (found === null) continue;
    edit.edits(`A volume of its own for the configuration of ${service.service}`, [
      { kind: 'set', path: ['services', service.service, 'volumes', index], value: `${own}:${CONFIG[role]}` },
      { kind: 'set', path: ['volumes', own], value: null },
    ]);
    const name = found[1] ?? '';
    const isUnused = edit.services.every((one) => one.volumes.every((other) => !other.startsWith(`${name}:`)));
    if (isUnused) edit.edits(`Taking out the volume ${name}`, [{ kind: 'remove', path: ['volumes', name] }]);
  }
}

/** Only where the keys are the ones Berth hands over; others have to be made first. */
function separateKeys(edit: Editing, service: WrittenService, before: readonly WrittenService[]): void {
  const access = service.environment?.['AWS_ACCESS_KEY_ID'];
  const isShared = before.some((other) => other.service !== service.service && other.environment?.['AWS_ACCESS_KEY_ID'] === access);
  if (access === undefined || !isShared) return;
  const own = service.role === 'mount' ? 'S3_MOUNT' : 'S3_SYNC';
  if (access !== '${S3_ACCESS_KEY}') {
    edit.leave(`${service.service} uses the same keys as another container: make keys of its own and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY there by hand.`);
    return;
  }
  for (const [name, of] of [['AWS_ACCESS_KEY_ID', 'ACCESS_KEY'], ['AWS_SECRET_ACCESS_KEY', 'SECRET_KEY']] as const) {
    edit.apply(`Keys of its own for ${service.service}`, (text) => rewriteScalars(text, [['services', service.service, 'environment', name]], () => `\${${own}_${of}}`));
  }
}

/** A mount that always runs gets more than a copy that runs now and then. */
function optimizeResources(edit: Editing): void {
  for (const { service, role } of edit.services) edit.apply(`The resources of ${service}`, (text) => editResources(text, service, OPTIMIZED[role]));
}

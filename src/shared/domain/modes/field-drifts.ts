import { fieldOf, listOf, numberOf, objectOf, textMapOf, textOf, textsOf } from '../engine/read-json';
import type { JsonObject } from '../../kernel/json';
import type { ComposeService, LoadedCompose } from '../compose/model';
import type { ObservedImage } from '../engine/observed';
import type { HostCapacity } from '../services/presets';
import { containerPayload } from './container-payload';
import { definedDrifts } from './defined-drifts';
import { canonicalImage, isAnonymousVolume, modeImage } from './naming';
import { maskText } from './service-differences';

/** One field in which a container differs from what is wanted; both values as texts for people, secrets masked. */
export interface FieldDrift {
  readonly field: string;
  readonly desired: string;
  readonly actual: string;
}

/** What one container shall be. */
export interface WantedContainer {
  /** The create payload, with all its networks. */
  readonly payload: JsonObject;
  /** Image ids its reference stands for; empty when the engine has none of them. */
  readonly imageIds: readonly string[];
  /** What those images set by ENV, by image id. */
  readonly imageEnvironments: { readonly [id: string]: readonly string[] };
  readonly imageReference: string;
  /** Every config hash its container may carry. */
  readonly hashes: readonly string[];
  /** True when it takes volumes of other containers: more mounts than the file names are right then. */
  readonly sharesVolumes: boolean;
  /** The value of a variable as it may be shown: the one rule for secrets. */
  readonly mask: (name: string, value: string) => string;
}

/** What stands for a variable, and for anything else, that is not there. */
export const NOT_SET = 'not set';
export const NONE = 'none';
const MAX_TEXT = 160;

/** Where the wanted container of a service comes from. */
export interface WantedFrom {
  readonly compose: LoadedCompose;
  readonly mode: string;
  readonly service: string;
  /** Namespaces of other services already replaced by container ids. */
  readonly definition: ComposeService;
  readonly number: number;
  readonly hashes: readonly string[];
  readonly images: { readonly [reference: string]: ObservedImage | null };
  readonly host?: HostCapacity | undefined;
  readonly mask: (name: string, value: string) => string;
}

/** The container that a service of a mode shall have. */
export function wantedContainer({ compose, mode, service, definition, number, hashes, images, host, mask }: WantedFrom): WantedContainer {
  const { name } = compose.model;
  const canonical = canonicalImage(name, service, definition);
  const references = definition.build === undefined ? [canonical] : [modeImage(name, service, mode), canonical];
  const known = references.flatMap((reference) => images[reference] ?? []);
  const imageIds = known.map((image) => image.id);
  const imageEnvironments = Object.fromEntries(known.flatMap(({ id, environment }) => (environment === undefined ? [] : [[id, environment]])));
  const { payload } = containerPayload({ compose, service, definition, configHash: hashes[0] ?? '', number, imageReference: canonical, imageId: imageIds[0] ?? '', inherited: [], mode, transaction: '', allNetworksAtOnce: true, host });
  return { payload, imageIds, imageEnvironments, imageReference: canonical, hashes, sharesVolumes: (definition.volumes_from ?? []).length > 0, mask };
}

/** Compares what the engine says of a container (its whole inspect) with what it shall be, field by field. State and health are judged elsewhere. */
export function fieldDrifts(wanted: WantedContainer, raw: JsonObject): readonly FieldDrift[] {
  const sameHash = wanted.hashes.includes(textMapOf(fieldOf(raw, 'Config', 'Labels'))['com.docker.compose.config-hash'] ?? '');
  const found = [
    ...imageDrift(wanted, raw),
    ...listDrift('mounts', wantedMounts(wanted.payload), actualMounts(raw), { surplusIsFine: wanted.sharesVolumes, sourcesMayDiffer: sameHash }),
    ...listDrift('ports', portTexts(fieldOf(wanted.payload, 'HostConfig', 'PortBindings')), portTexts(fieldOf(raw, 'HostConfig', 'PortBindings'))),
    ...networkDrift(wanted.payload, raw),
    ...environmentDrifts(wanted, raw, sameHash),
    ...limitDrifts(wanted.payload, raw),
    ...restartDrift(wanted.payload, raw),
    ...commandDrifts(wanted.payload, raw),
    // Made from the same definition, it cannot differ in these.
    ...(sameHash ? [] : definedDrifts(wanted.payload, raw)),
  ];
  if (found.length > 0 || sameHash) return found;
  const actual = textMapOf(fieldOf(raw, 'Config', 'Labels'))['com.docker.compose.config-hash'] ?? '';
  return [{ field: 'hash', desired: shortHash(wanted.hashes[0] ?? ''), actual: shortHash(actual) }];
}

/** Bytes as people write them, exact. */
export function bytesText(bytes: number): string {
  if (bytes === 0) return NONE;
  for (const [unit, size] of [['GiB', 1024 ** 3], ['MiB', 1024 ** 2], ['KiB', 1024]] as const) if (bytes % size === 0) return `${String(bytes / size)} ${unit}`;
  return `${String(bytes)} bytes`;
}

function imageDrift(wanted: WantedContainer, raw: JsonObject): readonly FieldDrift[] {
  const ids = [textOf(fieldOf(raw, 'Image')), textMapOf(fieldOf(raw, 'Config', 'Labels'))['com.docker.compose.image'] ?? ''].filter((one) => one !== '');
  if (wanted.imageIds.length === 0 || ids.some((id) => wanted.imageIds.includes(id))) return [];
  return [{ field: 'image', desired: imageText(wanted.imageReference, wanted.imageIds[0] ?? ''), actual: imageText(textOf(fieldOf(raw, 'Config', 'Image')), ids[0] ?? '') }];
}

function imageText(reference: string, id: string): string {
  const short = id.replace(/^sha256:/, '').slice(0, 12);
  return reference.replace(/^sha256:/, '').startsWith(short) ? short : `${reference} (${short})`;
}

interface MountText {
  readonly kind: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

function wantedMounts(payload: JsonObject): readonly MountText[] {
  const host = fieldOf(payload, 'HostConfig');
  const mounts = listOf(fieldOf(host, 'Mounts')).flatMap((one): readonly MountText[] => {
    const kind = textOf(fieldOf(one, 'Type'));
    const source = textOf(fieldOf(one, 'Source'));
    if (kind === 'volume' && (source === '' || isAnonymousVolume(source))) return [];
    return [{ kind, source: kind === 'tmpfs' ? '' : cleanPath(source), target: cleanPath(textOf(fieldOf(one, 'Target'))), readOnly: fieldOf(one, 'ReadOnly') === true }];
  });
  const binds = textsOf(fieldOf(host, 'Binds')).map((text): MountText => {
    const [source = '', target = '', options = ''] = text.split(':');
    return { kind: source.startsWith('/') ? 'bind' : 'volume', source: cleanPath(source), target: cleanPath(target), readOnly: options.split(',').includes('ro') };
  });
  return [...mounts, ...binds, ...tmpfsOf(host)];
}

function actualMounts(raw: JsonObject): readonly MountText[] {
  const mounts = listOf(fieldOf(raw, 'Mounts')).flatMap((one): readonly MountText[] => {
    const kind = textOf(fieldOf(one, 'Type'));
    const source = kind === 'volume' ? textOf(fieldOf(one, 'Name')) : textOf(fieldOf(one, 'Source'));
    if (kind === 'volume' && isAnonymousVolume(source)) return [];
    return [{ kind, source: kind === 'tmpfs' ? '' : cleanPath(source), target: cleanPath(textOf(fieldOf(one, 'Destination'))), readOnly: fieldOf(one, 'RW') === false }];
  });
  return [...mounts, ...tmpfsOf(fieldOf(raw, 'HostConfig'))];
}

function tmpfsOf(host: unknown): readonly MountText[] {
  return Object.keys(objectOf(fieldOf(host, 'Tmpfs'))).map((target) => ({ kind: 'tmpfs', source: '', target: cleanPath(target), readOnly: false }));
}

/** Lists are one drift: what is missing of it, against what is there instead. */
function listDrift(field: string, wanted: readonly MountText[], actual: readonly MountText[], rules: { readonly surplusIsFine: boolean; readonly sourcesMayDiffer: boolean }): readonly FieldDrift[];
function listDrift(field: string, wanted: readonly string[], actual: readonly string[]): readonly FieldDrift[];
function listDrift(field: string, wanted: readonly (MountText | string)[], actual: readonly (MountText | string)[], rules = { surplusIsFine: false, sourcesMayDiffer: false }): readonly FieldDrift[] {
  // The engine shows a bind's source with links resolved; the same hash says that it was made from the same file.
  const key = (one: MountText | string): string => (typeof one === 'string' ? one : mountText(rules.sourcesMayDiffer && one.kind === 'bind' ? { ...one, source: '' } : one));
  const text = (one: MountText | string): string => (typeof one === 'string' ? one : mountText(one));
  const [there, asked] = [new Set(actual.map(key)), new Set(wanted.map(key))];
  const missing = wanted.filter((one) => !there.has(key(one)));
  const surplus = rules.surplusIsFine ? [] : actual.filter((one) => !asked.has(key(one)));
  if (missing.length === 0 && surplus.length === 0) return [];
  return [{ field, desired: joined(missing.map(text)), actual: joined(surplus.map(text)) }];
}

function mountText(one: MountText): string {
  const source = one.kind === 'tmpfs' ? 'tmpfs:' : one.source === '' ? '' : `${one.source}:`;
  return `${source}${one.target}${one.readOnly ? ':ro' : ''}`;
}

function portTexts(bindings: unknown): readonly string[] {
  return Object.entries(objectOf(bindings)).flatMap(([key, list]) => {
    const [port = '', protocol = 'tcp'] = key.split('/');
    return listOf(list).map((one) => {
      const ip = textOf(fieldOf(one, 'HostIp'));
      const host = textOf(fieldOf(one, 'HostPort'));
      const address = ip === '' || ip === '0.0.0.0' || ip === '::' ? '' : `${ip}:`;
      return `${host === '' || host === '0' ? '' : `${address}${host}:`}${port}${protocol === 'tcp' ? '' : `/${protocol}`}`;
    });
  });
}

function networkDrift(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const mode = textOf(fieldOf(payload, 'HostConfig', 'NetworkMode'));
  const wanted = Object.keys(objectOf(fieldOf(payload, 'NetworkingConfig', 'EndpointsConfig')));
  if (wanted.length > 0) return listDrift('networks', wanted, Object.keys(objectOf(fieldOf(raw, 'NetworkSettings', 'Networks'))));
  const actual = textOf(fieldOf(raw, 'HostConfig', 'NetworkMode'));
  return networkModeText(mode) === networkModeText(actual) ? [] : [{ field: 'networks', desired: networkModeText(mode), actual: networkModeText(actual) }];
}

function networkModeText(mode: string): string {
  return mode === '' || mode === 'default' ? 'bridge' : mode;
}

function environmentDrifts({ payload, imageEnvironments, mask }: WantedContainer, raw: JsonObject, sameHash: boolean): readonly FieldDrift[] {
  const named = textsOf(fieldOf(payload, 'Env'));
  const asked = new Map(named.filter((one) => one.includes('=')).map(splitVariable));
  const there = new Map(textsOf(fieldOf(raw, 'Config', 'Env')).map(splitVariable));
  const drifts = [...asked].flatMap(([name, value]) => variableDrift(mask, name, value, there.get(name)));
  const ofImage = imageEnvironments[textOf(fieldOf(raw, 'Image'))];
  // Made from the same definition: what it has besides came from elsewhere (a proxy of the machine), not from a variable that is gone from the files.
  if (ofImage === undefined || sameHash) return drifts;
  const inherited = new Map(ofImage.map(splitVariable));
  const names = new Set(named.map((one) => splitVariable(one)[0]));
  return [...drifts, ...[...there].filter(([name]) => !names.has(name)).flatMap(([name, value]) => variableDrift(mask, name, inherited.get(name), value))];
}

function variableDrift(mask: WantedContainer['mask'], name: string, wanted: string | undefined, actual: string | undefined): readonly FieldDrift[] {
  if (wanted === actual) return [];
  const text = (value: string | undefined): string => (value === undefined ? NOT_SET : value === '' ? 'empty' : shorten(mask(name, value)));
  const [desired, now] = [text(wanted), text(actual)];
  return [{ field: `environment ${name}`, desired, actual: desired === now ? `${now} (another value)` : now }];
}

function splitVariable(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function limitDrifts(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const pair = (name: string): readonly [number, number] => [numberOf(fieldOf(payload, 'HostConfig', name)), numberOf(fieldOf(raw, 'HostConfig', name))];
  const drifts: FieldDrift[] = [];
  for (const [name, field] of [['Memory', 'memory'], ['MemoryReservation', 'memory reservation']] as const) {
    const [wanted, actual] = pair(name);
    if (wanted !== actual) drifts.push({ field, desired: bytesText(wanted), actual: bytesText(actual) });
  }
  const [wanted, actual] = [cpusOf(payload), cpusOf(raw)];
  if (wanted !== actual) drifts.push({ field: 'cpus', desired: cpusText(wanted), actual: cpusText(actual) });
  return drifts;
}

/** `docker update --cpus` sets a quota where `docker run --cpus` sets nanoseconds: both say the same. */
function cpusOf(holder: JsonObject): number {
  const host = fieldOf(holder, 'HostConfig');
  const nano = numberOf(fieldOf(host, 'NanoCpus'));
  if (nano > 0) return nano;
  const quota = numberOf(fieldOf(host, 'CpuQuota'));
  return quota > 0 ? Math.round((quota / (numberOf(fieldOf(host, 'CpuPeriod')) || 100_000)) * 1e9) : 0;
}

function cpusText(nano: number): string {
  return nano === 0 ? NONE : String(nano / 1e9);
}

function restartDrift(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const [desired, actual] = [restartText(payload), restartText(raw)];
  return desired === actual ? [] : [{ field: 'restart', desired, actual }];
}

function restartText(holder: JsonObject): string {
  const name = textOf(fieldOf(holder, 'HostConfig', 'RestartPolicy', 'Name')) || 'no';
  const tries = numberOf(fieldOf(holder, 'HostConfig', 'RestartPolicy', 'MaximumRetryCount'));
  return name === 'on-failure' && tries > 0 ? `${name}:${String(tries)}` : name;
}

/** Only where the file says so: otherwise they come from the image. */
function commandDrifts(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const drifts: FieldDrift[] = [];
  for (const [name, field] of [['Cmd', 'command'], ['Entrypoint', 'entrypoint']] as const) {
    if (!Array.isArray(payload[name]) || payload[name].length === 0) continue;
    const [wanted, actual] = [textsOf(payload[name]), textsOf(fieldOf(raw, 'Config', name))];
    if (JSON.stringify(wanted) !== JSON.stringify(actual)) drifts.push({ field, desired: joined([maskText(wanted.join(' '))]), actual: joined([maskText(actual.join(' '))]) });
  }
  const [wanted, actual] = [textOf(payload['User']), textOf(fieldOf(raw, 'Config', 'User'))];
  if (wanted !== '' && wanted !== actual) drifts.push({ field: 'user', desired: wanted, actual: actual === '' ? NONE : actual });
  return drifts;
}

function cleanPath(path: string): string {
  const single = path.replace(/\/{2,}/g, '/').replace(/\/\.(?=\/|$)/g, '');
  return single.length > 1 ? single.replace(/\/$/, '') : single;
}

function joined(texts: readonly string[]): string {
  const text = [...texts].sort().join(', ');
  return text === '' ? NONE : shorten(text);
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

function shortHash(hash: string): string {
  return hash === '' ? NONE : hash.slice(0, 12);
}

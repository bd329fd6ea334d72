import type { JsonObject } from '../../kernel/json';
import { COMPOSE_LABELS } from './read-container';
import { fieldOf, listOf, textMapOf, textOf, textsOf } from './read-json';

/** Names the image of the volume program; its tag is a hash over the program. */
export const VOLUME_IMAGE = 'berth/volume';
/** Where the program is in its image, which has nothing else. */
export const VOLUME_PROGRAM_FILE = 'berth-volume';
const ROLE_LABEL = 'dev.berth.role';
const ROLE = 'volume-program';
const VOLUME = '/volume';
const FROM = '/from';
const ASIDE = '/aside';
const VOLUMES = '/volumes';
/** Where the program looks for a socket of Berth's, to talk to it without the engine between them. */
const SOCKET = '/berth.sock';
/** Where the program finds files that Berth made for packs, of snapshots that go into a folder of this machine. */
const PACKS = '/packs';
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
/** Reading all there is, whoever owns it. */
const READING = ['DAC_READ_SEARCH'];
/** Giving files to their owners with their modes and attributes. */
const WRITING = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETFCAP'];
const EXCHANGING = ['DAC_OVERRIDE', 'FOWNER'];

/** What the volume program is started for. It gets nothing but what is named here. */
export type VolumeRun =
  | { readonly command: 'read' | 'digest' | 'measure'; readonly source: { readonly volume: string } | { readonly bind: string }; readonly socket?: string; readonly packs?: string }
  | { readonly command: 'write'; readonly volume: string; readonly socket?: string }
  | { readonly command: 'copy'; readonly from: string; readonly to: string }
  /** Puts what a volume holds into a folder of the engine's machine; `aside`: the volume that gets what it replaces. */
  | { readonly command: 'merge'; readonly from: string; readonly aside: string; readonly bind: string }
  | { readonly command: 'take-back'; readonly aside: string; readonly bind: string }
  | { readonly command: 'identities'; readonly volumes: readonly string[] }
  /** `parent`: the folder of the engine's machine in which it keeps its volumes. */
  | { readonly command: 'exchange'; readonly parent: string; readonly one: string; readonly other: string };

/** Whether much goes in or out of a run, so that a socket is worth it. */
export function takesSocket(run: VolumeRun): run is Extract<VolumeRun, { readonly socket?: string }> {
  return run.command === 'read' || run.command === 'digest' || run.command === 'write';
}

/** On whose behalf, and by which image: its id, since a name can be given to anything. */
export interface VolumeRunOwner {
  readonly image: string;
  readonly projectName: string;
  readonly projectDir: string;
}

/** The label that all containers of the volume program carry, as a filter of the engine takes it. */
export const VOLUME_RUN_LABEL = `${ROLE_LABEL}=${ROLE}`;

/** Names of the volumes that a run reaches. */
export function volumesOfRun(run: VolumeRun): readonly string[] {
  switch (run.command) {
    case 'write':
      return [run.volume];
    case 'copy':
      return [run.from, run.to];
    case 'merge':
      return [run.from, run.aside];
    case 'take-back':
      return [run.aside];
    case 'identities':
      return run.volumes;
    case 'exchange':
      return [run.one, run.other];
    default:
      return 'volume' in run.source ? [run.source.volume] : [];
  }
}

function volume(name: string, target: string, readOnly: boolean): JsonObject {
  return { Type: 'volume', Source: name, Target: target, ReadOnly: readOnly, VolumeOptions: { NoCopy: true } };
}

function bind(source: string, target: string, readOnly: boolean): JsonObject {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: readOnly };
}

function socketOf(run: VolumeRun): readonly JsonObject[] {
  if (!('socket' in run) || run.socket === undefined) return [];
  // Without a socket the engine may be anywhere: then there is no folder both know.
  return [bind(run.socket, SOCKET, true), ...('packs' in run && run.packs !== undefined ? [bind(run.packs, PACKS, false)] : [])];
}

function rightsOf(run: VolumeRun): { readonly command: readonly string[]; readonly capabilities: readonly string[]; readonly mounts: readonly JsonObject[] } {
  switch (run.command) {
    case 'write':
      return { command: ['write'], capabilities: WRITING, mounts: [volume(run.volume, VOLUME, false), ...socketOf(run)] };
    case 'copy':
      return { command: ['copy'], capabilities: WRITING, mounts: [volume(run.from, FROM, true), volume(run.to, VOLUME, false)] };
    case 'merge':
      return { command: ['merge'], capabilities: WRITING, mounts: [volume(run.from, FROM, true), volume(run.aside, ASIDE, false), bind(run.bind, VOLUME, false)] };
    case 'take-back':
      return { command: ['take-back'], capabilities: WRITING, mounts: [volume(run.aside, FROM, true), bind(run.bind, VOLUME, false)] };
    case 'identities':
      return { command: ['identities'], capabilities: READING, mounts: run.volumes.map((name, index) => volume(name, `${VOLUMES}/${String(index)}`, true)) };
    case 'exchange':
      return { command: ['exchange', run.one, run.other], capabilities: EXCHANGING, mounts: [bind(run.parent, VOLUMES, false)] };
    default:
      return { command: [run.command], capabilities: READING, mounts: ['volume' in run.source ? volume(run.source.volume, VOLUME, true) : bind(run.source.bind, VOLUME, true), ...socketOf(run)] };
  }
}

/** The whole payload of a run: no network, a read-only root, no rights but those it needs, nothing mounted but what it is about. */
export function volumeRunPayload(run: VolumeRun, owner: VolumeRunOwner): JsonObject {
  const { command, capabilities, mounts } = rightsOf(run);
  return {
    Image: owner.image,
    Entrypoint: [`/${VOLUME_PROGRAM_FILE}`],
    Cmd: [...command],
    User: '0:0',
    WorkingDir: '/',
    Env: [],
    Tty: false,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Healthcheck: { Test: ['NONE'] },
    // Not even one without anything in it: to make that takes the engine as long as all the rest.
    NetworkDisabled: true,
    Labels: { 'dev.berth.project': owner.projectName, [COMPOSE_LABELS.workingDir]: owner.projectDir, [ROLE_LABEL]: ROLE },
    HostConfig: {
      AutoRemove: true,
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: [...capabilities],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none', Config: {} },
      Mounts: [...mounts],
    },
  };
}

function runNamedBy(payload: unknown): VolumeRun | null {
  const [command, ...rest] = textsOf(fieldOf(payload, 'Cmd'));
  const mounts = listOf(fieldOf(payload, 'HostConfig', 'Mounts'));
  const sourceAt = (index: number): string => textOf(fieldOf(mounts[index], 'Source'));
  const socket = mounts.length >= 2 ? { socket: sourceAt(1) } : {};
  const packs = mounts.length === 3 ? { packs: sourceAt(2) } : {};
  switch (command) {
    case 'read':
    case 'digest':
    case 'measure':
      return { command, source: textOf(fieldOf(mounts[0], 'Type')) === 'bind' ? { bind: sourceAt(0) } : { volume: sourceAt(0) }, ...socket, ...packs };
    case 'write':
      return { command, volume: sourceAt(0), ...socket };
    case 'copy':
      return { command, from: sourceAt(0), to: sourceAt(1) };
    case 'merge':
      return { command, from: sourceAt(0), aside: sourceAt(1), bind: sourceAt(2) };
    case 'take-back':
      return { command, aside: sourceAt(0), bind: sourceAt(1) };
    case 'identities':
      return { command, volumes: mounts.map((_mount, index) => sourceAt(index)) };
    case 'exchange':
      return { command, parent: sourceAt(0), one: rest[0] ?? '', other: rest[1] ?? '' };
    default:
      return null;
  }
}

/** Whether a payload says that it is a run of the volume program. */
export function claimsVolumeRun(payload: unknown): boolean {
  return textMapOf(fieldOf(payload, 'Labels'))[ROLE_LABEL] === ROLE;
}

/** The run a payload is for; null unless it is, field by field, what `volumeRunPayload` makes of it. */
export function volumeRunOf(payload: unknown): { readonly run: VolumeRun; readonly owner: VolumeRunOwner } | null {
  const run = runNamedBy(payload);
  if (run === null || !volumesOfRun(run).every((name) => NAME.test(name))) return null;
  const labels = textMapOf(fieldOf(payload, 'Labels'));
  const owner = { image: textOf(fieldOf(payload, 'Image')), projectName: labels['dev.berth.project'] ?? '', projectDir: labels[COMPOSE_LABELS.workingDir] ?? '' };
  return JSON.stringify(payload) === JSON.stringify(volumeRunPayload(run, owner)) ? { run, owner } : null;
}

/** In which folder the engine keeps two volumes, when it keeps them side by side as plain folders; null where it does not. Each is what an inspect says. */
export function parentOfVolumes(volumes: readonly unknown[]): string | null {
  const parents = volumes.map((one) => {
    const [name, mountpoint] = [textOf(fieldOf(one, 'Name')), textOf(fieldOf(one, 'Mountpoint'))];
    const isPlain = textOf(fieldOf(one, 'Driver')) === 'local' && Object.keys(textMapOf(fieldOf(one, 'Options'))).length === 0;
    const end = `/${name}/_data`;
    return isPlain && NAME.test(name) && mountpoint.startsWith('/') && mountpoint.endsWith(end) ? mountpoint.slice(0, -end.length) : '';
  });
  const [first = ''] = parents;
  return first !== '' && parents.every((one) => one === first) ? first : null;
}

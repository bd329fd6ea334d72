import { lstatSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { array, beneath, isNothing, isPlainAbsolute, object, own, string } from './oracle-values';

/** What a run of the volume program is judged against. */
export interface VolumeRunFacts {
  /** Folders of the project in whose name it is. */
  readonly dirs: readonly string[];
  readonly grants: ReadonlySet<string>;
  /** Whether a volume is of the same project, or of none. */
  readonly mayUse: (volume: string) => boolean;
  /** Where the engine said that a volume is; undefined where nobody looked, or it is no plain folder of the engine. */
  readonly mountpointOf: (volume: string) => string | undefined;
}

const CONFIG = new Set('Image Entrypoint Cmd User WorkingDir NetworkDisabled OpenStdin StdinOnce AttachStdin AttachStdout AttachStderr Healthcheck Labels HostConfig'.split(' '));
const HOST = new Set('AutoRemove NetworkMode ReadonlyRootfs CapDrop CapAdd SecurityOpt LogConfig Mounts'.split(' '));
const MOUNT = new Set('Type Source Target ReadOnly VolumeOptions'.split(' '));
const READS = { capabilities: ['DAC_READ_SEARCH'], writes: [] };
/** What each command needs: nothing it could do without. */
const COMMANDS: { readonly [command: string]: { readonly capabilities: readonly string[]; readonly writes: readonly string[] } } = {
  read: READS,
  digest: READS,
  measure: READS,
  identities: READS,
  write: { capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETFCAP'], writes: ['/volume'] },
  copy: { capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETFCAP'], writes: ['/volume'] },
  exchange: { capabilities: ['DAC_OVERRIDE', 'FOWNER'], writes: ['/volumes'] },
  merge: { capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETFCAP'], writes: ['/aside', '/volume'] },
  'take-back': { capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETFCAP'], writes: ['/volume'] },
};

/** Berth's volume program, by the label it carries. */
export function saysVolumeRun(body: unknown): boolean {
  return own(own(body, 'Labels'), 'dev.berth.role') === 'volume-program';
}

/** It may read what is others' and write as root, so all that is left of it is what is written here. */
export function judgeVolumeRun(body: unknown, facts: VolumeRunFacts, violation: (what: string) => void): void {
  for (const [name, value] of Object.entries(object(body))) if (!CONFIG.has(name) && !isNothing(value)) violation(`is the volume program with the field ${name}`);
  const host = object(own(body, 'HostConfig'));
  for (const [name, value] of Object.entries(host)) if (!HOST.has(name) && !isNothing(value)) violation(`is the volume program with HostConfig.${name}`);
  const command = array(own(body, 'Cmd')).map(string);
  const needs = Object.prototype.hasOwnProperty.call(COMMANDS, command[0] ?? '') ? COMMANDS[command[0] ?? ''] : undefined;
  if (needs === undefined || !/^sha256:[0-9a-f]{64}$/.test(string(own(body, 'Image'))) || array(own(body, 'Entrypoint')).join(' ') !== '/berth-volume') return violation('is no command of the volume program');
  if (command.length !== (command[0] === 'exchange' ? 3 : 1)) violation('tells the volume program more than it takes');
  if (host['NetworkMode'] !== 'none' || host['ReadonlyRootfs'] !== true || array(host['CapDrop']).join() !== 'ALL' || array(host['SecurityOpt']).join() !== 'no-new-privileges') violation('is the volume program with less around it than there should be');
  if (own(host['LogConfig'], 'Type') !== 'none') violation('is the volume program with a log of what it reads');
  if (array(host['CapAdd']).map(string).some((capability) => !needs.capabilities.includes(capability))) violation('is the volume program with a right it has no use for');
  for (const mount of array(host['Mounts'])) judgeMount(object(mount), command, needs.writes, facts, violation);
}

function judgeMount(mount: { readonly [name: string]: unknown }, command: readonly string[], writes: readonly string[], facts: VolumeRunFacts, violation: (what: string) => void): void {
  const [source, target] = [string(mount['Source']), string(mount['Target'])];
  for (const [name, value] of Object.entries(mount)) if (!MOUNT.has(name) && !isNothing(value)) violation(`gives the volume program a mount with ${name}`);
  if (!isNothing(own(mount['VolumeOptions'], 'DriverConfig'))) violation('makes a volume for the volume program');
  if (target === '/packs') {
    if (mount['Type'] !== 'bind' || command[0] !== 'read' || !isPackFolder(source)) violation(`gives the volume program the folder ${source} for packs`);
    return;
  }
  if (mount['ReadOnly'] !== true && !writes.includes(target)) violation(`lets the volume program write to ${target}`);
  if (mount['Type'] === 'volume') {
    if (command[0] === 'exchange' || !facts.mayUse(source)) violation(`gives the volume program the volume ${source}`);
    return;
  }
  if (target === '/berth.sock') {
    if (mount['Type'] !== 'bind' || !['read', 'digest', 'write'].includes(command[0] ?? '') || !isPrivateSocket(source)) violation(`gives the volume program the socket ${source}`);
    return;
  }
  if (mount['Type'] !== 'bind') return violation(`gives the volume program a mount of the type ${string(mount['Type'])}`);
  if (command[0] === 'exchange') {
    const plain = command.slice(1).every((name) => facts.mayUse(name) && facts.mountpointOf(name) === `${source}/${name}/_data`);
    if (!plain || target !== '/volumes') violation(`gives the volume program ${source}`);
    return;
  }
  const changes = ['merge', 'take-back'].includes(command[0] ?? '');
  const allowed = isPlainAbsolute(source) && (facts.dirs.some((dir) => beneath(source, dir)) || [...facts.grants].some((grant) => grant.startsWith('bind:') && beneath(source, grant.slice('bind:'.length))));
  if ((changes ? target !== '/volume' : !['read', 'digest', 'measure'].includes(command[0] ?? '')) || !allowed) violation(`gives the volume program ${source}`);
}

/** One in a repository that nobody else comes into, for one lock of it, with nothing in it but files for packs; it is gone when they are. */
function isPackFolder(path: string): boolean {
  if (!isPlainAbsolute(path) || !/^\.tmp-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(basename(path))) return false;
  const [folder, repository, mark] = [path, dirname(path), join(dirname(path), 'berth-repository.json')].map((one) => lstatSync(one, { throwIfNoEntry: false }));
  if (folder === undefined) return true;
  return folder.isDirectory() && repository !== undefined && (repository.mode & 0o077) === 0 && mark?.isFile() === true && readdirSync(path).every((name) => /^\.tmp-\d+$/.test(name));
}

/** One of a process of Berth, in a folder that nobody else comes into; it is gone as soon as it was used. */
function isPrivateSocket(path: string): boolean {
  // The app of an end-to-end test has a folder for temporary files of its own, in its home.
  const parent = dirname(dirname(path));
  const isTemporary = parent === tmpdir() || /^\/berth-e2e-[A-Za-z0-9]{6}\/tmp$/.test(parent.startsWith(tmpdir()) ? parent.slice(tmpdir().length) : '');
  if (!isTemporary || !/\/berth-volume-[A-Za-z0-9]{6}\/socket$/.test(path)) return false;
  const [socket, folder] = [path, dirname(path)].map((one) => lstatSync(one, { throwIfNoEntry: false }));
  return (socket === undefined || socket.isSocket()) && (folder === undefined || (folder.mode & 0o077) === 0);
}

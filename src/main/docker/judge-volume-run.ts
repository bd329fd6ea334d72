import { isInside, isSocketPlace } from '@shared/domain/engine/host-path';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { fieldOf, textMapOf } from '@shared/domain/engine/read-json';
import { parentOfVolumes, VOLUME_IMAGE, volumeRunOf, volumeRunPayload, volumesOfRun, type VolumeRun } from '@shared/domain/engine/volume-run';
import { AppError } from '@shared/kernel/app-error';
import type { EngineCall } from './transport';
import type { Authorization } from './types';

/** What is looked up to judge a run of the volume program. */
export interface VolumeRunWorld {
  read(path: string): Promise<unknown>;
  /** Where a path of this machine leads; the path itself where the engine has another. */
  realPath(path: string): Promise<string>;
  /** Images that were compared with the program. */
  isVolumeImage(id: string): boolean;
  /** Sockets that this process listens on for it. */
  isVolumeSocket(path: string): boolean;
  /** Folders that this process made for packs. */
  isPackFolder(path: string): boolean;
}

function refuse(message: string): AppError {
  return new AppError('policy-refused', message);
}

/** True for adding the image of the volume program, and for nothing else that could be imported. */
export function isVolumeImport(call: EngineCall): boolean {
  const { fromSrc, repo, tag, ...others } = call.query ?? {};
  const plain = Object.keys(others).length === 0 && call.body === undefined && call.headers === undefined && Buffer.isBuffer(call.upload);
  return call.method === 'POST' && call.path === '/images/create' && plain && fromSrc === '-' && repo === VOLUME_IMAGE && /^[0-9a-f]{12}$/.test(String(tag));
}

/**
 * Judges a container that says it is the volume program. It may read what belongs to everybody and write as root, and one command reaches all volumes of
 * the engine: so it has to be that payload field by field, by the image whose contents are known, with volumes and folders that this project may use.
 */
export async function judgeVolumeRun(call: EngineCall, authorization: Authorization, world: VolumeRunWorld): Promise<EngineCall> {
  const found = volumeRunOf(call.body);
  if (found === null) throw refuse('Berth starts its volume program only in the one form it has for it.');
  const { run, owner } = found;
  if (owner.projectName !== authorization.projectName || owner.projectDir !== authorization.projectDir) throw refuse(`Berth creates things only under the name of the project ${authorization.projectName}.`);
  if (!world.isVolumeImage(owner.image)) throw refuse('Berth starts its volume program only from an image whose contents it compared.');
  const socket = 'socket' in run && run.socket !== undefined ? { socket: run.socket } : {};
  const packs = 'packs' in run && run.packs !== undefined ? { packs: run.packs } : {};
  if (socket.socket !== undefined && !world.isVolumeSocket(socket.socket)) throw refuse('Berth gives its volume program only a socket that it listens on itself.');
  if (packs.packs !== undefined && !world.isPackFolder(packs.packs)) throw refuse('Berth gives its volume program only a folder that it made for packs.');
  const inspected = await Promise.all(volumesOfRun(run).map((name) => world.read(`/volumes/${name}`)));
  for (const [index, name] of volumesOfRun(run).entries()) mayUse(name, inspected[index], authorization);
  if (run.command === 'exchange' && parentOfVolumes(inspected) !== run.parent) throw refuse('Berth exchanges only volumes that the engine keeps side by side as plain folders.');
  const bind = 'bind' in run ? run.bind : 'source' in run && 'bind' in run.source ? run.source.bind : null;
  if (bind === null) return call;
  const real = await world.realPath(bind);
  mayReach(bind, real, 'bind' in run, authorization);
  // The resolved path is what is passed on: a link that is swapped after this look leads nowhere new.
  const resolved: VolumeRun = 'bind' in run ? { ...run, bind: real } : { command: run.command as 'read', source: { bind: real }, ...socket, ...packs };
  return { ...call, body: volumeRunPayload(resolved, owner) };
}

/** One of this project, one without a project, or one of others that the user agreed to for a service. */
function mayUse(name: string, inspected: unknown, { projectName, trustedFactKeys }: Authorization): void {
  const labels = textMapOf(fieldOf(inspected, 'Labels'));
  const project = labels[COMPOSE_LABELS.project] ?? labels['dev.berth.project'];
  if (project === undefined || project === projectName) return;
  const agreed = (trustedFactKeys ?? []).some((key) => key.startsWith('foreign-volume:') && key.endsWith(`:${name}`));
  if (!agreed) throw new AppError('trust-required', `The volume ${name} belongs to the project ${project}, so ${projectName} neither reads nor changes it.`, { hint: 'If that is right, mark the volume as `external: true` in the compose file and trust the project again.', details: { facts: [] } });
}

/** A folder of the project, or one that the user agreed a service may have; to change it, one that the service may change. */
function mayReach(path: string, real: string, changes: boolean, { projectDir, projectName, trustedFactKeys }: Authorization): void {
  const agreed = (trustedFactKeys ?? []).flatMap((key) => (changes ? /^bind-outside:[^:]*:(.+):rw$/ : /^bind-outside:[^:]*:(.+):r[ow]$/).exec(key)?.[1] ?? []);
  const allowed = isInside(real, projectDir) || agreed.some((folder) => isInside(path, folder) || isInside(real, folder));
  if (allowed && !isSocketPlace(path) && !isSocketPlace(real)) return;
  throw new AppError('trust-required', `Nobody agreed that ${projectName} may ${changes ? 'change' : 'read'} ${path}.`, { hint: `Only folders of the project and those its trusted services ${changes ? 'may write to are changed' : 'mount are read'}.`, details: { facts: [] } });
}

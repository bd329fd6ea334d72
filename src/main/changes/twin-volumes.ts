import type { HashDialect, LoadedCompose } from '@shared/domain/compose/model';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { volumePayload } from '@shared/domain/modes/container-payload';
import { volumeCopies } from '@shared/domain/projects/twin';
import { AppError } from '@shared/kernel/app-error';
import type { Authorization, Engine } from '@main/docker/types';
import type { OperationContext } from '@main/operations/types';

/** On containers made for a twin that are not part of it: its project id. */
export const TWIN_LABEL = 'dev.berth.twin';
/** Whose a container is that is no part of a compose project. */
export const PROJECT_LABEL = 'dev.berth.project';
const PLACE = '/data';

/** Two sides of a copy of volumes. */
export interface VolumeCopy {
  readonly engine: Engine;
  readonly twinId: string;
  readonly original: { readonly authorization: Authorization; readonly loaded: { readonly [mode: string]: LoadedCompose } };
  readonly twin: { readonly authorization: Authorization; readonly loaded: { readonly [mode: string]: LoadedCompose } };
  readonly dialect: HashDialect;
  readonly maxBytes: number;
  readonly image: () => Promise<string>;
}

interface OneCopy {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly mode: string;
}

/** Fills the volumes of a twin with what those of the original hold, through containers that are never started. What is being written meanwhile is copied as it is on disk. */
export async function copyVolumes(context: Pick<OperationContext, 'effect' | 'signal' | 'progress' | 'operationId'>, copy: VolumeCopy): Promise<void> {
  const volumes = await copy.engine.listVolumes();
  const wanted = new Map<string, OneCopy>();
  for (const [mode, twin] of Object.entries(copy.twin.loaded)) {
    const original = copy.original.loaded[mode];
    if (original === undefined) continue;
    for (const { from, to } of volumeCopies(original, twin)) {
      const key = Object.entries(twin.model.volumes).find(([, volume]) => volume.name === to)?.[0] ?? '';
      const service = Object.entries(twin.model.services).find(([, one]) => one.volumes?.some((mount) => mount.type === 'volume' && mount.source === key) === true)?.[0];
      if (service !== undefined && volumes.some((one) => one.name === from)) wanted.set(to, { key, from, to, service, mode });
    }
  }
  let copiedBytes = 0;
  for (const one of wanted.values()) {
    context.progress({ message: `Copying the data of ${one.from}` });
    await context.effect('twin.volume', { from: one.from, to: one.to }, async () => {
      copiedBytes += await copyOne(context, copy, one, copy.maxBytes - copiedBytes);
      return null;
    });
  }
}

/** Resolves with the bytes copied. */
async function copyOne(context: Pick<OperationContext, 'signal' | 'operationId'>, copy: VolumeCopy, one: OneCopy, maxBytes: number): Promise<number> {
  const image = await copy.image();
  const loaded = copy.twin.loaded[one.mode] as LoadedCompose;
  const reading = copy.engine.as(copy.original.authorization);
  const writing = copy.engine.as(copy.twin.authorization);
  await writing.createVolume(one.to, volumePayload(loaded, one.key, context.operationId, copy.dialect));
  const made: (() => Promise<void>)[] = [];
  const stop = new AbortController();
  const end = (): void => stop.abort();
  if (context.signal.aborted) end();
  context.signal.addEventListener('abort', end, { once: true });
  try {
    const holder = async (side: 'from' | 'to', engine: Engine, authorization: Authorization): Promise<string> => {
      const { id } = await engine.createContainer(`${loaded.model.name}-${one.key}-${side}-${context.operationId.slice(-8).toLowerCase()}`, holderPayload(image, copy.twinId, authorization, one.service, one[side], side === 'from'));
      made.push(() => engine.removeContainer(id, { force: true, anonymousVolumes: true }));
      return id;
    };
    const from = await holder('from', reading, copy.original.authorization);
    const to = await holder('to', writing, copy.twin.authorization);
    let bytes = 0;
    const tooMuch = new AppError('blocked', `The volumes of ${copy.original.authorization.projectName} hold more than Berth copies (${String(Math.floor(copy.maxBytes / 1_000_000_000))} GB).`, { hint: 'Try the change without copies of the data.' });
    await writing
      .copyArchive({ containerId: from, path: PLACE }, { containerId: to, path: PLACE }, (soFar) => ((bytes = soFar) > maxBytes ? end() : undefined), stop.signal)
      .catch((error: unknown) => {
        throw bytes > maxBytes ? tooMuch : error;
      });
    return bytes;
  } finally {
    context.signal.removeEventListener('abort', end);
    await Promise.all(made.map((remove) => remove()));
  }
}

function holderPayload(image: string, twinId: string, authorization: Authorization, service: string, volume: string, readOnly: boolean): Parameters<Engine['createContainer']>[1] {
  return {
    Image: image,
    Labels: { [PROJECT_LABEL]: authorization.projectName, [COMPOSE_LABELS.workingDir]: authorization.projectDir, [COMPOSE_LABELS.service]: service, [TWIN_LABEL]: twinId },
    HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: PLACE, ReadOnly: readOnly, VolumeOptions: { NoCopy: true } }], NetworkMode: 'none' },
  };
}

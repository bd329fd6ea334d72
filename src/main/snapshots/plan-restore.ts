import { restoreDiff, type ComparedFile } from '@shared/domain/snapshots/restore-files';
import { servicesOfVolumes } from '@shared/domain/snapshots/restore-volumes';
import { sha256Of } from '@main/platform/backup-folder';
import { lookAtRestore } from './restore-look';
import { knownProject, restoreTarget } from './restore-target';
import type { FileStep, RestoreDependencies, RestoreLook } from './restore-types';
import type { RestorePlan } from './types';

type Step = RestorePlan['steps'][number];

/** Binds `snapshots.plan-restore`: what a restore would do. Changes nothing. */
export function planRestore(deps: RestoreDependencies): (input: { readonly project: string; readonly id: string; readonly only?: readonly string[] | undefined }) => Promise<RestorePlan> {
  return async (input) => {
    const known = await knownProject(deps, input.project);
    const found = await deps.repositories.find(known.id, input.id);
    const look = await lookAtRestore(deps, known, restoreTarget(known, found), found, { only: input.only ?? null, force: false }, new AbortController().signal);
    return {
      snapshotId: found.manifest.id,
      target: { projectId: look.target.projectId, name: look.target.name, dir: look.target.dir, mode: look.mode },
      steps: stepsOf(look),
      diff: restoreDiff(look.files.map(compared)),
      findings: look.findings.map((one) => ({ ...one })),
      services: [...servicesOfVolumes(look.stopping)],
      bytesToWrite: look.bytesToWrite,
      freeBytes: look.freeBytes,
    };
  };
}

/** What is done to each part of the snapshot. */
export function stepsOf(look: RestoreLook): Step[] {
  return look.found.manifest.parts.map((part): Step => {
    const step = (action: Step['action'], detail: string, sizeBytes = part.sizeBytes): Step => ({ kind: part.kind, name: part.name, action, detail, sizeBytes });
    if (!look.scope.parts.includes(part)) return step('skip', part.kind === 'bind' || part.kind === 'bucket' ? 'It is only brought back when it is named.' : 'It is left out.', 0);
    switch (part.kind) {
      case 'files': {
        const binds = look.scope.parts.filter((one) => one.kind === 'bind').map((one) => one.name);
        const changed = look.files.filter((one) => one.secret === part.secret && one.action !== 'same' && !binds.some((bind) => one.path === bind || one.path.startsWith(`${bind}/`))).map((one) => one.path);
        return changed.length === 0 ? step('same', 'Every file is as it was.', 0) : step('replace', `${changed.join(', ')}; the bytes of now go into a backup.`);
      }
      case 'settings':
        if (look.found.foreign) return step('skip', 'Nobody vouches for them.', 0);
        return look.settings !== null && JSON.stringify(look.settings.now) === JSON.stringify(look.settings.then) ? step('same', 'They are as they were.', 0) : step('replace', 'Settings of the project; its trust stays as it is.');
      case 'images': {
        if (look.found.foreign) return step('skip', 'Nobody vouches for them; services run from what their files name.', 0);
        const missing = look.images.filter((one) => one.source !== 'present').map((one) => one.fact.service);
        return missing.length === 0 ? step('same', 'Every image is here.', 0) : step('create', `Missing: ${missing.join(', ')}.`, 0);
      }
      case 'containers':
        return look.mode === null ? step('same', 'Nothing ran then, so nothing is started.', 0) : step('replace', `${look.mode} is brought up; what is the same already is only started.`, 0);
      case 'volume': {
        const volume = look.volumes.find((one) => one.part === part);
        return volume === undefined ? step('skip', 'It is left out.', 0) : step(volume.action, volume.detail, volume.action === 'same' ? 0 : part.sizeBytes);
      }
      case 'bind': {
        const folder = look.folders.find((one) => one.part === part);
        if (folder !== undefined) return step(folder.action, folder.detail, folder.action === 'same' ? 0 : part.sizeBytes);
        return step('replace', 'Its files are put back; what is there besides stays.');
      }
      case 'bucket':
        return step('replace', 'Its objects are put back; what they replace is copied beneath berth-replaced/ first, and others stay.');
    }
  });
}

function compared(file: FileStep): ComparedFile {
  const text = (bytes: Uint8Array): string => (bytes.includes(0) ? `${String(bytes.length)} bytes that are no text, ${sha256Of(bytes).slice(0, 12)}\n` : new TextDecoder().decode(bytes));
  return {
    path: file.path,
    secret: file.secret,
    then: file.then === null ? null : { text: text(file.then.bytes), mode: file.then.mode },
    now: file.now.state.kind === 'file' && file.now.bytes !== null ? { text: text(file.now.bytes), mode: file.now.state.mode } : null,
  };
}

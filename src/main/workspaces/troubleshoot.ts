import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';
import type { S3Server } from '@main/storage/types';
import { isFolder } from '@main/platform/files';
import type { Engines } from './engines';
import { workspacesPlace, type PlaceDependencies } from './place';
import type { SyncMemory } from './sync-memory';

type Check = Awaited<ReturnType<Handlers['workspaces.troubleshoot']>>[number];

/** What the checks ask. */
export interface TroubleshootDependencies extends PlaceDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly s3: Pick<S3Server, 'place' | 'status' | 'door'>;
  readonly engines: Pick<Engines, 'plan'>;
  readonly memory: SyncMemory;
}

/** "Files not syncing": what stands in the way, in the order in which it is to be mended, each with the command that says the same. */
export async function troubleshoot(deps: TroubleshootDependencies, reference: string): Promise<Check[]> {
  const project = await deps.projects.resolve(reference);
  const place = await workspacesPlace(deps, project, undefined);
  const remembered = await deps.memory.of(project.id);
  const folder: Check = (await isFolder(place.root))
    ? check('folder', true, `${place.root} is there.`, `ls ${place.root}`)
    : check('folder', false, `${place.root} is not there.`, `ls ${place.root}`, 'Make the folder; each folder in it is a workspace.');
  const trust: Check = project.trusted ? check('trust', true, 'The project is trusted.', 'berth projects list') : check('trust', false, 'The project is not trusted yet, so nothing of it is sent.', 'berth projects list', 'berth projects trust .');
  const s3 = await deps.s3.status(project.id);
  const store = check('s3', s3.health === 'healthy', s3.health === 'healthy' ? `S3 answers at ${s3.endpoint ?? ''}.` : s3.detail, 'berth storage status', s3.health === 'healthy' ? null : 'berth storage start --component s3');
  const bucket = s3.health === 'healthy' ? await bucketCheck(deps, project.id, place.bucket, s3.endpoint) : check('bucket', false, 'Not looked at: S3 does not answer.', `berth objects list ${place.bucket}`);
  const halt =
    remembered.halt === null
      ? check('last run', remembered.hasSynced, remembered.hasSynced ? 'The last run ended well.' : 'There was no run yet.', 'berth operations list', remembered.hasSynced ? null : 'berth workspaces sync')
      : check('last run', false, remembered.halt.message, 'berth workspaces plan', remembered.halt.hint);
  const conflicts = check('conflicts', remembered.conflicts.length === 0, remembered.conflicts.length === 0 ? 'Nobody else changed what was sent.' : `${String(remembered.conflicts.length)} keys were changed by somebody else and are left alone.`, 'berth workspaces conflicts', remembered.conflicts.length === 0 ? null : 'berth workspaces resolve <key> local|remote|both');
  const pending = folder.ok && trust.ok && bucket.ok ? await pendingCheck(deps, project) : check('pending', false, 'Not looked at: something above stands in the way.', 'berth workspaces plan');
  return [folder, trust, store, bucket, halt, conflicts, pending];
}

async function bucketCheck(deps: TroubleshootDependencies, projectId: string, bucket: string, endpoint: string | null): Promise<Check> {
  const command = `aws s3 ls s3://${bucket}/ --endpoint-url ${endpoint ?? ''}`;
  try {
    const door = await deps.s3.door(projectId);
    try {
      await door.list({ bucket, prefix: '', delimiter: '/', after: null, limit: 1 });
    } finally {
      door.close();
    }
    return check('bucket', true, `The bucket ${bucket} can be listed.`, command);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return check('bucket', false, error.message, command, error.hint ?? 'berth workspaces sync makes it.');
  }
}

async function pendingCheck(deps: TroubleshootDependencies, project: Awaited<ReturnType<Projects['resolve']>>): Promise<Check> {
  try {
    const plan = await deps.engines.plan({ project }, { workspace: null });
    const open = plan.counts.upload + plan.counts.remove;
    const skipped = plan.skipped.length === 0 ? '' : ` ${String(plan.skipped.length)} entries cannot be sent (links, unreadable files).`;
    return check('pending', open === 0, `${open === 0 ? 'Everything is sent.' : `${String(open)} changes are not sent yet.`}${skipped}`, 'berth workspaces plan', open === 0 ? null : 'berth workspaces sync');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return check('pending', false, error.message, 'berth workspaces plan', error.hint ?? null);
  }
}

function check(name: string, ok: boolean, detail: string, command: string, fix: string | null = null): Check {
  return { name, ok, detail, command, fix };
}

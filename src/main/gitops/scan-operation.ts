import type { OutputOf } from '@shared/contract/contract';
import type { Project } from '@shared/domain/projects/project';
import type { DuplicateGroup } from '@shared/domain/gitops/types';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { GroupJudge, ScanResult, ScanService } from './types';

/** What a scan works with. */
export interface ScanOperationDependencies {
  readonly scans: ScanService;
  readonly judge: GroupJudge;
  readonly realFolder: (path: string) => Promise<string>;
  readonly projects: { list(): Promise<readonly Project[]>; resolve(reference: string): Promise<Project> };
}

type Report = OutputOf<'gitops.scan'>;

/** The operation `gitops.scan`. It changes nothing: there is nothing to take back. */
export function scanOperation(deps: ScanOperationDependencies): OperationKind {
  return {
    kind: 'gitops.scan',
    needsEngine: false,
    prepare: (input) => placed(deps, input),
    key: (input) => `gitops-scan:${String(input['dir'])}`,
    title: (input) => `Scan ${String(input['dir'])}`,
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    run: (context, input) => run(deps, context, input),
    rollback: () => Promise.resolve(),
    finish: () => Promise.reject(new AppError('interrupted', 'The scan was broken off.', { hint: 'Scan again.' })),
  };
}

/** A folder by itself belongs to the opened project it lies in, if there is one. */
async function placed(deps: ScanOperationDependencies, input: JsonObject): Promise<JsonObject> {
  const { project: reference, dir: given, ...rest } = input;
  const named = typeof reference === 'string' ? await deps.projects.resolve(reference) : null;
  if (typeof given !== 'string' && named === null) throw new AppError('input-invalid', 'No folder was given.', { hint: 'Usage: berth gitops scan <dir>' });
  const dir = typeof given === 'string' ? await deps.realFolder(given) : (named?.dir ?? '');
  const project = named ?? (await deps.projects.list()).find((one) => dir === one.dir || dir.startsWith(`${one.dir}/`)) ?? null;
  return { ...rest, dir, ...(project === null ? {} : { project: project.id }) };
}

async function run(deps: ScanOperationDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const projectId = typeof input['project'] === 'string' ? input['project'] : null;
  const result = await deps.scans.scan({ dir: String(input['dir']), projectId, fresh: input['fresh'] === true }, context.signal, ({ files, of, message }) => context.progress({ step: files, of: of ?? files, message }));
  await context.commit();
  return report(deps.judge, context.operationId, result, projectId) as unknown as Json;
}

/** A scan as the doors show it. */
export function report(judge: GroupJudge, operationId: string, result: ScanResult, projectId: string | null): Report {
  const shown = (group: DuplicateGroup): Report['groups'][number] => shownGroup(judge, group, result, projectId);
  return {
    operationId,
    dir: result.dir,
    files: result.files.length,
    documents: result.documents,
    filesRead: result.filesRead,
    durationMs: result.durationMs,
    scannedAt: result.scannedAt,
    groups: result.groups.filter((group) => group.certainty !== 'info').map(shown),
    related: result.groups.filter((group) => group.certainty === 'info').map(shown),
    notCompared: [
      ...result.skipped.map(({ path, reason }) => ({ file: path, kind: 'skipped', reason, line: null, column: null })),
      ...result.files.filter((file) => file.reason !== null || file.problem !== null).map((file) => ({ file: file.path, kind: file.kind, reason: file.problem?.message ?? file.reason ?? '', line: file.problem?.line ?? null, column: file.problem?.column ?? null })),
    ],
  };
}

function shownGroup(judge: GroupJudge, group: DuplicateGroup, tree: ScanResult, projectId: string | null): Report['groups'][number] {
  const { members, identity, differences, ...rest } = group;
  const { scores, keep, resolution } = judge(group, tree, projectId);
  return {
    ...rest,
    identity: identity === null ? null : { ...identity },
    differences: [...differences],
    members: members.map(({ path, document, item, line }, index) => ({ file: path, document, item, line, priorityScore: scores[index] ?? 0 })),
    keep,
    resolution,
  };
}

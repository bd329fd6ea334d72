import type { OutputOf } from '@shared/contract/contract';
import { groupsWithin, liesWithin } from '@shared/domain/gitops/scan/within';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { placed, shownPlace, withinOf, type PlaceDependencies } from './place';
import type { GroupJudge, JudgedGroup, ScanResult, ScanService } from './types';

/** What a scan works with. */
export interface ScanOperationDependencies extends PlaceDependencies {
  readonly scans: ScanService;
  readonly judge: GroupJudge;
}

type Report = OutputOf<'gitops.scan'>;

/** The operation `gitops.scan`. It changes nothing: there is nothing to take back. */
export function scanOperation(deps: ScanOperationDependencies): OperationKind {
  return {
    kind: 'gitops.scan',
    needsEngine: false,
    prepare: (input) => placed(deps, input),
    key: (input) => `gitops-scan:${textOf(input, 'dir')}`,
    title: (input) => `Scan ${shownPlace(input)}`,
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    run: (context, input) => run(deps, context, input),
    rollback: () => Promise.resolve(),
    finish: () => Promise.reject(new AppError('interrupted', 'The scan was broken off.', { hint: 'Scan again.' })),
  };
}

async function run(deps: ScanOperationDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const projectId = typeof input['project'] === 'string' ? input['project'] : null;
  const result = await deps.scans.scan({ dir: textOf(input, 'dir'), projectId, fresh: input['fresh'] === true }, context.signal, ({ files, of, message }) => context.progress({ step: files, of: of ?? files, message }));
  await context.commit();
  return report(context.operationId, result, await deps.judge(result, projectId), withinOf(input)) as unknown as Json;
}

/** A scan as the doors show it. */
function report(operationId: string, result: ScanResult, judged: readonly JudgedGroup[], within: string): Report {
  const files = result.files.filter((file) => liesWithin(file.path, within));
  const shown = judged.filter(({ group }) => groupsWithin([group], within).length > 0);
  const inGroups = new Set(shown.flatMap(({ group }) => group.members.map((member) => member.path)));
  return {
    operationId,
    dir: result.dir,
    within,
    files: files.length,
    documents: files.reduce((sum, file) => sum + file.documents.length, 0),
    filesRead: result.filesRead,
    durationMs: result.durationMs,
    scannedAt: result.scannedAt,
    groups: shown.filter(({ group }) => group.certainty !== 'info').map(shownGroup),
    related: shown.filter(({ group }) => group.certainty === 'info').map(shownGroup),
    notCompared: [
      ...result.skipped.filter(({ path }) => liesWithin(path, within)).map(({ path, reason }) => ({ file: path, kind: 'skipped', reason, line: null, column: null })),
      // What is in a group is told there.
      ...files.filter((file) => (file.reason !== null || file.problem !== null) && !inGroups.has(file.path)).map((file) => ({ file: file.path, kind: file.kind, reason: file.problem?.message ?? file.reason ?? '', line: file.problem?.line ?? null, column: file.problem?.column ?? null })),
    ],
  };
}

function shownGroup({ group, scores, keep, resolution }: JudgedGroup): Report['groups'][number] {
  const { members, identity, differences, ...rest } = group;
  return {
    ...rest,
    identity: identity === null ? null : { ...identity },
    differences: [...differences],
    members: members.map(({ path, document, item, line }, index) => ({ file: path, document, item, line, priorityScore: scores[index] ?? 0 })),
    keep: keep?.path ?? null,
    keepDocument: keep?.document ?? null,
    resolution,
  };
}

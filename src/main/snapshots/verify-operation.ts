import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { VerifyAnswer } from '@main/platform/snapshots/types';
import type { Projects } from '@main/projects/types';
import type { Repositories, SnapshotNotes } from './types';

/** What verifying a snapshot needs from outside. */
export interface VerifyDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly repositories: Pick<Repositories, 'find'>;
  readonly notes: Pick<SnapshotNotes, 'verified'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

const TOLD_BYTES = 16 * 1024 * 1024;
const SHOWN = 1_000;
const WHOLE = 100;

/** The operation `snapshots.verify`: reads a snapshot, or a sample of it, and compares every byte of that with what was written. Changes nothing but what is known of it. */
export function verifyOperation(deps: VerifyDependencies): OperationKind {
  return {
    kind: 'snapshots.verify',
    needsEngine: false,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const { manifest } = await deps.repositories.find(project.id, textOf(input, 'id'));
      return { ...input, project: project.id, id: manifest.id };
    },
    key: (input) => `snapshots-verify:${textOf(input, 'id')}`,
    title: (input) => `Verify the snapshot ${textOf(input, 'id')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: () => Promise.resolve(),
    finish: (context) => Promise.resolve({ ...(context.records.find(({ name }) => name === 'snapshot.verified')?.intent ?? {}), operationId: context.operationId }),
  };
}

async function run(deps: VerifyDependencies, context: OperationContext, input: JsonObject): Promise<JsonObject> {
  const [projectId, id] = [textOf(input, 'project'), textOf(input, 'id')];
  const percent = typeof input['sample'] === 'number' ? input['sample'] : WHOLE;
  const began = deps.clock.monotonic();
  const { name, repository } = await deps.repositories.find(projectId, id);
  let told = 0;
  const onProgress = (done: number, total: number): void => {
    if (done - told < TOLD_BYTES) return;
    told = done;
    context.progress({ message: 'Comparing every byte with what was written', bytes: { done, total } });
  };
  const answer = await repository.verify([id], { percent, onProgress, signal: context.signal });
  const damaged = answer.damaged.length > 0;
  // A sample without damage says nothing of the rest, and takes nothing back that is known of the whole.
  if (damaged || percent >= WHOLE) await deps.notes.verified(projectId, name, id, !damaged);
  if (damaged) throw damage(id, answer);
  const report = { id, objects: answer.objects, bytes: answer.bytes, sampled: percent < WHOLE, durationMs: Math.round(deps.clock.monotonic() - began) };
  await context.note('snapshot.verified', report);
  await context.commit();
  return { ...report, operationId: context.operationId };
}

/** Names what is damaged: which object, and which part of the snapshot needs it. */
function damage(id: string, { damaged }: VerifyAnswer): AppError {
  const [first] = damaged;
  const parts = [...new Set(damaged.map(({ part }) => part).filter((part) => part !== ''))];
  const what = parts.length === 0 ? '' : ` It is needed by ${parts.slice(0, 5).join(', ')}${parts.length > 5 ? ' and others' : ''}.`;
  return new AppError('damaged', `${damaged.length === 1 ? `The object ${first?.object ?? ''}` : `${String(damaged.length)} objects`} of the snapshot ${id} ${damaged.length === 1 ? 'is' : 'are'} damaged.${what}`, {
    hint: 'Restore from another snapshot, and make a new one. Look at the disk the repository is on.',
    details: { damaged: damaged.slice(0, SHOWN).map(({ object, part }) => ({ object, part })) },
  });
}

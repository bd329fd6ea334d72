import { choicesOf, decisionCards, withChoice, type Choices } from '@shared/domain/storage/decisions';
import type { StorageConflicts } from '@shared/domain/storage/analyse-storage';
import type { OutputOf } from '@shared/contract/contract';
import type { JsonObject } from '@shared/kernel/json';
import type { Handlers } from '@main/dispatch/types';
import type { Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { SyncRecords } from './sync-records';
import type { StorageStatus } from './types';

/** What the questions about storage are answered with. */
export interface StorageHandlerDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly status: (reference: string) => Promise<StorageStatus>;
  readonly conflicts: (reference: string) => Promise<StorageConflicts>;
  readonly choices: StorageChoices;
  readonly records: SyncRecords;
}

/** What was chosen about the storage of each project. */
export interface StorageChoices {
  of(projectId: string): Promise<Choices>;
  choose(projectId: string, decision: string, option: string): Promise<Choices>;
}

/** The choices, kept in the store. */
export function storageChoices(store: Pick<Store, 'getRecord' | 'patchRecord'>): StorageChoices {
  const of = async (projectId: string): Promise<Choices> => choicesOf((await store.getRecord('storage', idOf(projectId)))?.data ?? {});
  return {
    of,
    async choose(projectId, decision, option) {
      const choices = withChoice(await of(projectId), decision, option);
      await store.patchRecord('storage', idOf(projectId), choices as JsonObject);
      return choices;
    },
  };
}

function idOf(projectId: string): string {
  return `choices ${projectId}`;
}

/** Binds the questions about storage as a whole, and the choices. */
export function storageHandlers(deps: StorageHandlerDependencies): Pick<Handlers, 'storage.status' | 'storage.conflicts' | 'storage.plan' | 'storage.choose' | 'storage.runs'> {
  return {
    'storage.status': ({ project }) => deps.status(project),
    'storage.conflicts': async ({ project }) => shown(await deps.conflicts(project)),
    'storage.plan': async ({ project }) => plan(await deps.choices.of((await deps.projects.resolve(project)).id)),
    'storage.choose': async ({ project, decision, option }) => plan(await deps.choices.choose((await deps.projects.resolve(project)).id, decision, option)),
    'storage.runs': async ({ project, job, limit }) => {
      const { id } = await deps.projects.resolve(project);
      const runs = await deps.records.allRuns(id);
      return runs.filter((one) => job === undefined || one.job === job || one.job.endsWith(`:${job}`)).slice(0, limit);
    },
  };
}

function plan(choices: Choices): OutputOf<'storage.plan'> {
  const { decisions, score, of } = decisionCards(choices);
  return { decisions: decisions.map((one) => ({ ...one, options: one.options.map((option) => ({ ...option })) })), score, of };
}

/** The domain's answer is the contract's, read-only arrays aside. */
function shown(conflicts: StorageConflicts): OutputOf<'storage.conflicts'> {
  return {
    findings: conflicts.findings.map((one) => ({ ...one, fixes: one.fixes.map((fix) => ({ ...fix })) })),
    mountBuckets: [...conflicts.mountBuckets],
    syncBuckets: [...conflicts.syncBuckets],
    overlap: [...conflicts.overlap],
    added: { ...conflicts.added },
    shares: conflicts.shares.map((one) => ({ ...one })),
    accesses: conflicts.accesses.map((one) => ({ ...one, verbs: [...one.verbs] })),
  };
}

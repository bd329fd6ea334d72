import { isAbsolute, join, relative } from 'node:path';
import { DEFAULT_EXCLUDES } from '@shared/domain/workspaces/default-excludes';
import { explainPath } from '@shared/domain/workspaces/explain-path';
import { rootFilter } from '@shared/domain/workspaces/filter';
import type { IgnoreFiles } from '@shared/domain/workspaces/folder-filter';
import { excludeSuggestions } from '@shared/domain/workspaces/exclude-suggestions';
import { conflictWords, haltWords } from '@shared/domain/workspaces/words';
import { AppError } from '@shared/kernel/app-error';
import { isFolder } from '@main/platform/files';
import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';
import type { Amounts } from './amounts';
import type { ChoiceRecords } from './choices';
import type { Engines } from './engines';
import type { SyncPlan } from './engine-types';
import { workspacesPlace, type PlaceDependencies } from './place';
import { previewExclude } from './preview-exclude';
import type { SyncMemory } from './sync-memory';
import type { Runners, SyncConflict, WorkspacesStatus } from './types';
import { variableHandlers } from './variable-handlers';
import type { Variables } from './variables';
import type { Watcher } from './watcher';
import { ignoreFilesIn, knownWorkspace, workspaceNames } from './workspace-folders';

/** Names of the questions and streams about workspaces. */
export type WorkspaceNames =
  | 'workspaces.list'
  | 'workspaces.plan'
  | 'workspaces.watch'
  | 'workspaces.explain'
  | 'workspaces.excluded'
  | 'workspaces.preview-exclude'
  | 'workspaces.configure'
  | 'workspaces.conflicts'
  | 'workspaces.logs'
  | 'workspaces.variables'
  | 'workspaces.set-variable'
  | 'workspaces.remove-variable'
  | 'workspaces.troubleshoot';

/** What the questions are answered with. */
export interface WorkspaceHandlerDependencies extends PlaceDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly engines: Pick<Engines, 'plan'>;
  readonly memory: SyncMemory;
  readonly choices: ChoiceRecords;
  readonly amounts: Amounts;
  readonly runners: Pick<Runners, 'logs' | 'status'>;
  readonly variables: Variables;
  readonly watcher: Pick<Watcher, 'follow' | 'once' | 'look'>;
  readonly status: (reference: string, root: string | undefined) => Promise<WorkspacesStatus>;
  readonly troubleshoot: (reference: string) => ReturnType<Handlers['workspaces.troubleshoot']>;
  /** Another trigger or another source: what runs follows. */
  readonly configured: (projectId: string) => Promise<void>;
}

const CHANGES_SHOWN = 2_000;

/** Binds the questions and streams about workspaces. */
export function workspaceHandlers(deps: WorkspaceHandlerDependencies): Pick<Handlers, WorkspaceNames> {
  return {
    'workspaces.list': ({ project, root }) => deps.status(project, root),
    'workspaces.plan': async ({ project: reference, name, root, verify }, call) => {
      const { project, place } = await placed(deps, reference, root);
      if (name !== undefined) await knownWorkspace(place.root, name);
      return shownPlan(await deps.engines.plan({ project, root }, { workspace: name ?? null, verify }, call.signal));
    },
    'workspaces.watch': async ({ project: reference, name, root, follow }, call, push) => {
      const { project, place } = await placed(deps, reference, root);
      if (name !== undefined) await knownWorkspace(place.root, name);
      if (!follow) return deps.watcher.once({ project, root }, name ?? null, call.signal, push);
      await deps.watcher.follow({ project, root }, name ?? null, call.signal, push);
    },
    'workspaces.explain': ({ project, path, root }) => explain(deps, project, path, root),
    'workspaces.excluded': ({ project, name, root, limit }) => excluded(deps, project, name, root, limit),
    'workspaces.preview-exclude': (input) => preview(deps, input),
    'workspaces.configure': async ({ project: reference, name, ...change }) => {
      const { project, place } = await placed(deps, reference, undefined);
      if (name !== undefined) await knownWorkspace(place.root, name);
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      if (Object.keys(given).length === 0) throw new AppError('input-invalid', 'Nothing to change was given.', { hint: 'For example --trigger watch, --source direct or --run.' });
      await deps.choices.change(project.id, name === undefined ? await workspaceNames(place.root) : [name], given);
      await deps.configured(project.id);
      return deps.status(project.id, undefined);
    },
    'workspaces.conflicts': async ({ project }) => {
      const { id } = await deps.projects.resolve(project);
      return (await deps.memory.of(id)).conflicts.map(
        (one): SyncConflict => ({ key: one.key, because: one.because, message: conflictWords(one.key, one.because), local: one.localBytes === null ? null : { sizeBytes: one.localBytes }, remote: one.remoteBytes === null ? null : { sizeBytes: one.remoteBytes, etag: one.etag ?? '' }, foundAt: one.foundAt }),
      );
    },
    'workspaces.logs': async ({ project: reference, name, follow, tail }, call, push) => {
      const project = await deps.projects.resolve(reference);
      await deps.runners.logs(project.id, name, { follow, tail }, call.signal, push);
    },
    ...variableHandlers(deps),
    'workspaces.troubleshoot': ({ project }) => deps.troubleshoot(project),
  };
}

async function placed(deps: Pick<WorkspaceHandlerDependencies, 'projects' | 'definitions'>, reference: string, root: string | undefined): Promise<{ readonly project: Awaited<ReturnType<Projects['resolve']>>; readonly place: Awaited<ReturnType<typeof workspacesPlace>> }> {
  const project = await deps.projects.resolve(reference);
  return { project, place: await workspacesPlace(deps, project, root) };
}

function shownPlan(plan: SyncPlan): Awaited<ReturnType<Handlers['workspaces.plan']>> {
  const reasons = { upload: 'new or changed', rehash: 'touched: sent when its content is otherwise', adopt: 'in the bucket already: compared', remove: 'gone here', conflict: 'changed by somebody else' } as const;
  const changes = plan.steps.flatMap((step) => {
    if (step.kind === 'forget') return [];
    const action = step.kind === 'remove' || step.kind === 'conflict' ? step.kind : 'upload';
    const reason = step.kind === 'remove' && step.because === 'excluded' ? 'excluded by a rule now' : step.kind === 'conflict' && step.because !== undefined ? conflictWords(step.key, step.because as 'changed-there') : reasons[step.kind];
    return [{ key: step.key, action, reason, sizeBytes: step.sizeBytes ?? null } as const];
  });
  const { counts } = plan;
  return {
    changes: changes.slice(0, CHANGES_SHOWN),
    more: Math.max(0, counts.upload + counts.rehash + counts.adopt + counts.remove + counts.conflict - Math.min(changes.length, CHANGES_SHOWN)),
    uploads: counts.upload + counts.rehash + counts.adopt,
    removals: counts.remove,
    bytes: plan.bytesToSend,
    halt: plan.halt === null ? null : { reason: plan.halt.reason, ...haltWords(plan.halt, plan.approval), approval: plan.approval },
  };
}

async function explain(deps: WorkspaceHandlerDependencies, reference: string, path: string, root: string | undefined): ReturnType<Handlers['workspaces.explain']> {
  const { project, place } = await placed(deps, reference, root);
  const below = await pathBelow(place.root, project.dir, path);
  const parts = below.split('/');
  const files = new Map<string, IgnoreFiles>();
  for (let depth = 0; depth < parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join('/');
    files.set(folder, await ignoreFilesIn(join(place.root, folder)));
  }
  const none: IgnoreFiles = { gitignore: null, dockerignore: null };
  const isDirectory = path.endsWith('/') || (await isFolder(join(place.root, below)));
  const said = explainPath(rootFilter(files.get('') ?? none), below, isDirectory, (folder) => files.get(folder) ?? none);
  return { ...said, detail: explained(said) };
}

function explained({ path, included, rule, source }: { readonly path: string; readonly included: boolean; readonly rule: string | null; readonly source: string | null }): string {
  if (included) return rule === null ? `${path} is sent: no rule excludes it.` : `${path} is sent: ${rule} in ${source ?? 'a rule'} takes it back.`;
  return source === 'default' ? `${path} is never sent: ${rule ?? ''} is one of the excludes that always hold.` : `${path} is not sent: ${rule ?? ''} in ${source ?? 'a rule'} excludes it.`;
}

/** A path as people write it: absolute, below the project, or below the workspaces folder. */
async function pathBelow(root: string, projectDir: string, path: string): Promise<string> {
  const trimmed = path.replace(/\/+$/, '');
  const candidates = isAbsolute(trimmed) ? [relative(root, trimmed)] : [relative(root, join(projectDir, trimmed)), relative(root, join(root, trimmed))];
  const inside = candidates.filter((one) => one !== '' && !one.startsWith('..') && !isAbsolute(one));
  const [first] = inside;
  if (first === undefined) throw new AppError('input-invalid', `${path} is not in the workspaces folder ${root}.`, { hint: 'Name a path below it, for example api/src/app.js.', where: { file: path } });
  return first.replaceAll('\\', '/');
}

async function excluded(deps: WorkspaceHandlerDependencies, reference: string, name: string | undefined, root: string | undefined, limit: number): ReturnType<Handlers['workspaces.excluded']> {
  const { place } = await placed(deps, reference, root);
  if (name !== undefined) await knownWorkspace(place.root, name);
  const names = name === undefined ? await workspaceNames(place.root) : [name];
  const measured = await Promise.all(names.map((one) => deps.amounts.local(place.root, one)));
  const entries = measured.flatMap((one) => one.excluded).sort((a, b) => b.bytes - a.bytes);
  return {
    defaults: [...DEFAULT_EXCLUDES],
    entries: entries.slice(0, limit).map(({ path, folder, rule, source, bytes }) => ({ path, folder, rule, source, bytes })),
    more: Math.max(0, entries.length - limit),
    suggestions: excludeSuggestions(measured.flatMap((one) => one.folders)),
  };
}

async function preview(deps: WorkspaceHandlerDependencies, input: { readonly project: string; readonly name: string; readonly file: '.gitignore' | '.dockerignore'; readonly text: string; readonly append: boolean }): ReturnType<Handlers['workspaces.preview-exclude']> {
  const { place } = await placed(deps, input.project, undefined);
  await knownWorkspace(place.root, input.name);
  return previewExclude(place.root, input.name, input.file, input);
}

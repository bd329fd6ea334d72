import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { nodeFromWire } from '@shared/domain/compose/wire-tree';
import type { BerthEvent } from '@shared/contract/events';
import { plainTree } from '@shared/domain/compose/plain-tree';
import { branchOf, liveContext } from '@shared/domain/gitops/templates/live-context';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Alerts } from '@main/alerts/types';
import type { ComposeDrafts } from '@main/compose/types';
import type { Handlers } from '@main/dispatch/types';
import { detectStage, DynamicConfigs, flowReceivers, integrateStage, Pipeline, repositoryNews, pipelineStages, renderOperation, pipelineHandlers, planStage, renderedAfter, templateHandlers, templateOperations, type ComingBytes, type TemplateDependencies, type WantedFile } from '@main/gitops/templates';
import type { GitDependencies } from '@main/gitops/git-types';
import type { ScanService } from '@main/gitops/types';
import { hostBackupFolder, sha256Of } from '@main/platform/backup-folder';
import { readBeneath } from '@main/platform/files';
import { gitHead } from '@main/platform/git-head';
import type { Logger } from '@main/platform/types';
import { lockProject } from '@main/platform/project-lock';
import { readTemplates } from '@main/platform/templates/read-templates';
import { createTemplateRenderer, type TemplateRenderer } from '@main/platform/templates/renderer';
import { systemClock } from '@main/platform/system-clock';
import type { Projects } from '@main/projects/types';
import type { StorageDefinitions } from '@main/storage/types';
import type { Foundation } from './foundation';

/** Files of manifests may be larger than those of compose. */
const MANIFEST_MAX_BYTES = 5 * 1024 * 1024;

/** What templates are wired over. */
export interface TemplateParts {
  readonly foundation: Pick<Foundation, 'store' | 'operations' | 'events' | 'turns'> & { readonly log: Logger };
  readonly projects: Projects;
  readonly compose: Pick<ComposeDrafts, 'documentsOf'>;
  readonly definitions: StorageDefinitions;
  readonly defaultMode: (projectId: string) => Promise<string>;
  readonly realPath: (path: string) => Promise<string | null>;
  readonly timed: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  readonly alerts: Pick<Alerts, 'raise' | 'clear'>;
  readonly git: GitDependencies;
  readonly manifestErrors: TemplateDependencies['manifestErrors'];
  readonly scans: Pick<ScanService, 'last'>;
  /** How many of these groups the rules would resolve, and how many are left to the user. Changes nothing. */
  readonly plan: (dir: string, groups: readonly string[]) => Promise<{ readonly planned: number; readonly manual: number }>;
  /** Default: the one of the build. */
  readonly renderer?: TemplateRenderer | undefined;
}

/** What the rest of Berth uses of templates. */
export interface WiredTemplates {
  readonly handlers: Pick<Handlers, 'gitops.templates' | 'gitops.preview' | 'gitops.template-versions' | 'gitops.template-version' | 'gitops.dynamic' | 'gitops.pipeline'>;
  /** What templates make once files of a folder are changed. */
  readonly renderedAfter: (dir: string, coming: ComingBytes) => Promise<readonly WantedFile[]>;
  /** Why a text is no YAML; null when it is. */
  readonly yamlProblem: TemplateDependencies['yamlProblem'];
  readonly watch: { start(): Promise<void>; stop(): Promise<void> };
}

/** Templates, their versions, and files made from the live state. Registers their operations. */
export function wireTemplates(parts: TemplateParts): WiredTemplates {
  const { foundation, projects, compose } = parts;
  const { store, operations, events, log } = foundation;
  const renderer = parts.renderer ?? createTemplateRenderer();
  const deps: TemplateDependencies = {
    store,
    folder: hostBackupFolder(),
    renderer,
    readTemplates,
    realPath: parts.realPath,
    project: (reference) => projects.resolve(reference),
    projectOf: (dir) => projectOf(projects, dir),
    live: (project, dir) => live(parts, project, dir),
    yamlProblem: (path, text) => yamlProblem(compose, path, text),
    manifestErrors: parts.manifestErrors,
    readValues: (path, text) => readValues(compose, path, text),
    lock: lockProject,
    onWrite: (file, hash) => pipeline.noteOwnWrite(file, hash),
    author: () => Promise.resolve(userInfo().username),
    now: () => new Date(systemClock.now()).toISOString(),
  };
  operations.register(renderOperation(deps));
  for (const kind of templateOperations(deps)) operations.register(kind);
  const dynamic = new DynamicConfigs({
    templates: deps,
    store,
    subscribe: (listener) => events.subscribe(listener),
    enqueue: (kind, input, options) => operations.enqueue(kind, input, options),
    timed: (work) => parts.timed('templates pass', work),
    log,
  });
  const pipeline: Pipeline = new Pipeline({
    stages: pipelineStages({ readBeneath: (dir, path) => readBeneath(dir, path, MANIFEST_MAX_BYTES), yamlProblem: deps.yamlProblem, dynamic, detect: detectStage(parts.scans, (run, groups) => pipeline.emit('duplicate_detected', { correlationId: run.correlationId, project: run.projectId, groups })), resolve: planStage(parts.scans, parts.plan), integrate: integrateStage({ turns: foundation.turns, scans: parts.scans, news: repositoryNews(parts.git) }) }),
    receivers: flowReceivers({ dynamic, log }),
    publish: (run) => events.publish({ type: 'pipeline.changed', run: { ...run, files: [...run.files], stages: run.stages.map((stage) => ({ ...stage })) } }),
    timed: parts.timed,
    alerts: parts.alerts,
    newId: randomUUID,
    now: () => new Date(systemClock.now()).toISOString(),
    monotonicMs: () => systemClock.monotonic(),
    log,
  });
  let following: { dispose(): Promise<void> } | null = null;
  return {
    renderedAfter: (dir, coming) => renderedAfter(deps, dir, coming),
    yamlProblem: deps.yamlProblem,
    handlers: { ...templateHandlers(deps, dynamic), ...pipelineHandlers(pipeline, deps) },
    watch: {
      start() {
        const subscription = events.subscribe((batch) => {
          for (const { event } of batch) {
            // Folders that have been scanned are told by whoever scans them again.
            if (event.type === 'files.changed' || (event.type === 'gitops.changed' && event.reason === 'files')) void changed(projects, pipeline, event).catch((error: unknown) => log.warn('A change could not be followed', { error }));
            else if (event.type === 'operation.changed' && event.operation.state === 'succeeded') void pipeline.ended(event.operation);
          }
        });
        const dynamics = dynamic.follow();
        following = {
          async dispose() {
            subscription.dispose();
            await dynamics.dispose();
          },
        };
        return Promise.resolve();
      },
      async stop() {
        await following?.dispose();
        renderer.close();
      },
    },
  };
}

type Changed = Extract<BerthEvent, { readonly type: 'files.changed' | 'gitops.changed' }>;

/** YAML of the project that was saved goes through the pipeline. */
async function changed(projects: Projects, pipeline: Pipeline, event: Changed): Promise<void> {
  const { projectId } = event;
  const dir = event.type === 'gitops.changed' ? event.dir : (await projects.resolve(projectId)).dir;
  const files = event.type === 'gitops.changed' ? event.files.flatMap((one) => (one.from === undefined ? [one.file] : [one.file, one.from])) : event.files;
  const inside = files.map((file) => (file.startsWith(`${dir}/`) ? file.slice(dir.length + 1) : file)).filter((file) => /\.ya?ml$/.test(file) && !file.startsWith('/'));
  const seen = await Promise.all(inside.map(async (path) => ({ path, hash: await readBeneath(dir, path, MANIFEST_MAX_BYTES).then(sha256Of, () => null) })));
  await pipeline.changed({ dir, projectId, files: seen });
}

/** The project that a folder is, or lies in. One with compose files is opened as by any other command: untrusted, and only read. */
async function projectOf(projects: Projects, dir: string): Promise<Project | null> {
  const around = (await projects.list()).filter((project) => dir === project.dir || dir.startsWith(`${project.dir}/`)).sort((a, b) => b.dir.length - a.dir.length);
  return around[0] ?? projects.resolve(dir).catch(expected);
}

/** What cannot be read now is left out of the context: a template that needs it says so by its line. */
async function live(parts: TemplateParts, project: Project | null, dir: string): Promise<JsonObject> {
  const head = await gitHead(dir);
  if (project === null) return liveContext({ project: null, mode: null, branch: branchOf(head), model: null, buckets: [] });
  const mode = await parts.defaultMode(project.id).catch(() => null);
  const loaded = mode === null ? null : await parts.projects.loadMode(project.id, mode).catch(expected);
  const storage = await parts.definitions.load(project.id).catch(expected);
  const buckets = storage === null ? [] : [...storage.mounts.map((mount) => mount.bucket), ...storage.jobs.map((job) => job.bucket)];
  return liveContext({ project: { name: project.name, dir: project.dir }, mode, branch: branchOf(head), model: loaded?.compose.model ?? null, buckets: [...new Set(buckets)] });
}

function expected(error: unknown): null {
  if (error instanceof AppError) return null;
  throw error;
}

async function yamlProblem(compose: TemplateParts['compose'], path: string, text: string): ReturnType<TemplateDependencies['yamlProblem']> {
  try {
    await compose.documentsOf({ file: path, text });
    return null;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
    return { message: error.message, hint: error.hint ?? 'Look at the text that the template makes; values with special signs are safe with | tojson.', line: error.where?.line ?? null };
  }
}

async function readValues(compose: TemplateParts['compose'], path: string, text: string): Promise<JsonObject> {
  const [document] = await compose.documentsOf({ file: path, text });
  const value = document === undefined ? {} : plainTree(nodeFromWire(document.root, path));
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new AppError('template-invalid', `${path} is no mapping of names to values.`, { hint: 'Write name: value, one a line.', where: { file: path, line: 1 } });
  return value as JsonObject;
}

import { isAbsolute, relative, sep } from 'node:path';
import { unifiedDiff } from '@shared/domain/checks/unified-diff';
import { clampToHost, PRESET_NAMES, PRESETS, presetOf, type HostCapacity, type PresetName, type ResourcePreset } from '@shared/domain/services/presets';
import { declaresResources, declaresService, editResources, movePidsLimit, setsLimits } from '@shared/domain/services/edit-resources';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Handlers } from '@main/dispatch/types';
import { asPart } from '@main/operations/part-of';
import { replaceFile, restoreFile, textBeneath, type FileDoor, type ReplacedFile } from '@main/operations/replaced-files';
import { CONTAINERS_NOTE, type OperationContext, type OperationKind, type RecoveryContext } from '@main/operations/types';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import type { LoadedMode } from '@main/projects/types';
import type { ServiceRemaker } from '@main/reconcile/types';
import { unknownService } from './log-sources';
import { runningIn } from './remake-operation';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

const APPLIED_NOTE = 'resources.applied';

/** What giving a service a resource preset needs from outside. */
export interface ResourcesDependencies extends Pick<ServicesDependencies, 'engine' | 'projects' | 'lock' | 'log'>, FileDoor {
  readonly remaker: ServiceRemaker;
}

interface Planned {
  readonly dir: string;
  readonly service: string;
  readonly modes: readonly LoadedMode[];
  readonly files: readonly ReplacedFile[];
  /** Files of these modes that declare the service and need no change. */
  readonly unchanged: readonly string[];
}

/** Binds `services.presets`. */
export function resourcesHandlers(deps: ResourcesDependencies, service: ServicesService): Pick<Handlers, 'services.presets'> {
  return {
    'services.presets': async (input) => {
      const project = await deps.projects.resolve(input.project);
      const modes = await modesWith(deps, project.id, input.service);
      const active = await service.activeMode(project).catch(() => null);
      const shown = modes.find((one) => one.mode.name === active) ?? modes[0];
      const host = capacityOf(deps);
      return {
        current: clampToHost(presetOf(shown?.compose.model.services[input.service]), host),
        presets: PRESET_NAMES.map((name) => clampToHost({ name, ...PRESETS[name], notice: '' }, host)),
      };
    },
  };
}

/** The operation `services.resources`: a structural change of the compose files, then the service is made anew when it runs. */
export function resourcesOperation(deps: ResourcesDependencies, service: ServicesService): OperationKind {
  return {
    kind: 'services.resources',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      await modesWith(deps, project.id, textOf(input, 'service'));
      return { project: project.id, name: project.name, service: textOf(input, 'service'), preset: presetName(input) };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => (presetName(input) === 'none' ? `Take the limits off ${textOf(input, 'service')}` : `Give ${textOf(input, 'service')} the ${presetName(input)} resources`),
    projectId: (input) => textOf(input, 'project'),
    plan: async (input) => structuralPlan(await workOut(deps, input), presetName(input)),
    run: (context, input) => run(deps, service, context, input),
    rollback: (context, input) => rollBack(deps, context, input),
    async finish(context, input) {
      const applied = context.records.find((record) => record.name === APPLIED_NOTE)?.intent ?? {};
      const mode = applied['mode'];
      if (typeof mode === 'string' && deps.remaker.began(context.records)) await deps.remaker.finish(context, { projectId: textOf(input, 'project'), mode });
      return resultOf(deps, context.operationId, applied, input);
    },
  };
}

/** Every mode that has the service; one whose files are broken is left out. Rejects with `service-not-found` when none has it. */
async function modesWith(deps: ResourcesDependencies, projectId: string, service: string): Promise<readonly LoadedMode[]> {
  const project = await deps.projects.resolve(projectId);
  const loaded: LoadedMode[] = [];
  for (const mode of project.modes) {
    try {
      loaded.push(await deps.projects.loadMode(project.id, mode.name));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (project.modes.length === 1) throw error;
    }
  }
  const having = loaded.filter((one) => Object.hasOwn(one.compose.model.services, service));
  if (having.length === 0) throw unknownService(project.name, service, [...new Set(loaded.flatMap((one) => Object.keys(one.compose.model.services)))]);
  return having;
}

/** What would be written where. Reads files, writes nothing. */
async function workOut(deps: ResourcesDependencies, input: JsonObject): Promise<Planned> {
  const service = textOf(input, 'service');
  const wanted = PRESETS[presetName(input)];
  const modes = await modesWith(deps, textOf(input, 'project'), service);
  const dir = modes[0]?.project.dir ?? '';
  const files = new Map<string, ReplacedFile>();
  const unchanged = new Set<string>();
  const inForce = new Set<string>();
  const limits = setsLimits(wanted);
  const declaring = (await Promise.all(modes.map(async (mode) => (await declaringFiles(deps, mode, service)).map((file) => ({ mode, file }))))).flat();
  // A file that decides in one mode and only adds to another is written for the first.
  for (const { mode, file } of [...declaring.filter((one) => one.file.decides), ...declaring.filter((one) => !one.file.decides && limits)]) {
    if (files.has(file.path) || unchanged.has(file.path)) continue;
    // Nothing to write, however it is written: variables may say the same.
    if (presetOf(mode.compose.model.services[service]).name === presetName(input)) {
      inForce.add(file.path);
      continue;
    }
    const edited = file.decides ? editResources(file.text, service, wanted) : movePidsLimit(file.text, service);
    if (edited.kind === 'by-hand') throw new AppError('fix-failed', `The resources of ${service} in ${file.path} must be changed by hand. ${edited.reason}`, { where: mode.compose.locate(['services', service, 'deploy']) });
    if (edited.text === file.text) unchanged.add(file.path);
    else files.set(file.path, { path: file.path, before: file.text, after: edited.text });
  }
  return { dir, service, modes, files: [...files.values()], unchanged: [...new Set([...unchanged, ...inForce])].filter((path) => !files.has(path)) };
}

/**
 * The files of a mode that decide the service's resources: the first that declares it, and each that sets resources of
 * its own. A later file that only adds a port needs no change; one that says how many processes there may be, beside
 * limits of another spelling, does.
 */
async function declaringFiles(deps: ResourcesDependencies, mode: LoadedMode, service: string): Promise<readonly { readonly path: string; readonly text: string; readonly decides: boolean }[]> {
  const { compose, project } = mode;
  const found: { readonly path: string; readonly text: string; readonly decides: boolean }[] = [];
  const written = compose.locate(['services', service])?.file;
  for (const file of [...new Set([...compose.files, ...(written === undefined ? [] : [written])])]) {
    const path = beneath(project.dir, isAbsolute(file) ? file : `${compose.projectDir}/${file}`);
    if (path === null) continue;
    const text = await textBeneath(deps, project.dir, path);
    const declares = declaresResources(text, service);
    const decides = declares === 'with-it' || (declares === 'yes' && !found.some((one) => one.decides));
    if (decides || declaresService(text, service, ['pids_limit']) === 'with-it') found.push({ path, text, decides });
  }
  if (found.length === 0) throw new AppError('fix-failed', `No compose file inside the project declares ${service} in a form that Berth can change.`, { where: compose.locate(['services', service]) });
  return found;
}

function beneath(dir: string, file: string): string | null {
  const path = relative(dir, file);
  return path === '' || isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`) ? null : path.split(sep).join('/');
}

function structuralPlan(planned: Planned, preset: PresetName): StructuralPlan | null {
  if (planned.files.length === 0) return null;
  return {
    change: 'resources',
    rootDir: planned.dir,
    steps: [
      preset === 'none' ? `Take CPUs and memory under deploy.resources of ${planned.service} out of its files` : `Write the ${preset} preset under deploy.resources of ${planned.service}`,
      'Read every mode again and see that it has these resources',
      `Make the containers of ${planned.service} anew when it runs; the old ones come back when the new ones do not get healthy`,
    ],
    files: planned.files.map(({ path, before, after }) => ({ path, change: 'change', diff: unifiedDiff([{ path, before, after }]) })),
    optionalFiles: [],
    unchangedFiles: planned.unchanged,
    risks: [`${planned.service} is away for a moment while its containers are made anew.`, 'With a limit below what it needs, it is slowed down or killed for its memory.'],
    rollback: ['If a step fails, the files get their old bytes back and the old containers run again.', 'Afterwards `berth operations undo` puts the files back and makes the containers anew from them.'],
  };
}

async function run(deps: ResourcesDependencies, service: ServicesService, context: OperationContext, input: JsonObject): Promise<Json> {
  const planned = await workOut(deps, input);
  const lock = await deps.lock(planned.dir);
  try {
    context.progress({ step: 0, of: 3, message: 'Changing files' });
    for (const file of planned.files) await replaceFile(deps, context, planned.dir, file);
    await verify(deps, planned, presetName(input));
    context.progress({ step: 1, message: 'Looking at what runs' });
    const mode = await runningMode(service, planned);
    const applied = { files: planned.files.map((file) => file.path), mode };
    await context.note(APPLIED_NOTE, applied);
    if (mode !== null) {
      context.progress({ step: 2, message: `Making ${planned.service} anew` });
      await context.note(CONTAINERS_NOTE, { services: [planned.service] });
      // It commits there, once the new containers are healthy.
      await deps.remaker.remake(asPart(context), { projectId: textOf(input, 'project'), mode, services: [planned.service], recreate: [] });
    } else await context.commit();
    return resultOf(deps, context.operationId, applied, input);
  } finally {
    lock.dispose();
  }
}

/** Every mode, loaded again, must have what was asked for. */
async function verify(deps: ResourcesDependencies, planned: Planned, preset: PresetName): Promise<void> {
  for (const { project, mode } of planned.modes) {
    const again = await deps.projects.loadMode(project.id, mode.name);
    if (presetOf(again.compose.model.services[planned.service]).name === preset) continue;
    throw new AppError('fix-failed', `${planned.service} does not get the ${preset} resources in ${mode.name}: another file decides them.`, { hint: 'Everything was put back. Change it by hand.', where: again.compose.locate(['services', planned.service, 'deploy', 'resources']) });
  }
}

/** The mode the service runs in; null when it does not run, or nothing says in which mode. */
async function runningMode(service: ServicesService, planned: Planned): Promise<string | null> {
  const project = planned.modes[0]?.project;
  if (project === undefined) return null;
  const { mode, services } = await runningIn(service, project, [planned.service]);
  return services.length === 0 ? null : (planned.modes.find((one) => one.mode.name === mode)?.mode.name ?? null);
}

async function rollBack(deps: ResourcesDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  // Containers first, as they were last; each file only where it is what was written.
  if (deps.remaker.began(context.records)) await deps.remaker.rollBack(context, textOf(input, 'project'));
  for (const record of [...context.records].reverse()) await restoreFile(deps, context, record);
}

function resultOf(deps: ResourcesDependencies, operationId: string, applied: JsonObject, input: JsonObject): Json {
  const name = presetName(input);
  const preset: ResourcePreset = clampToHost({ name, ...PRESETS[name], notice: '' }, capacityOf(deps));
  return { operationId, files: applied['files'] ?? [], preset: { ...preset }, recreated: typeof applied['mode'] === 'string' };
}

function capacityOf(deps: Pick<ResourcesDependencies, 'engine'>): HostCapacity {
  const state = deps.engine.state();
  return state.state === 'connected' ? { cpus: state.info.cpus, memoryBytes: state.info.memoryBytes } : {};
}

function presetName(input: JsonObject): PresetName {
  const name = PRESET_NAMES.find((one) => one === input['preset']);
  if (name === undefined) throw new AppError('input-invalid', `There is no preset "${String(input['preset'])}".`);
  return name;
}

import { createHash } from 'node:crypto';
import type { ComposeModel, ComposeService, LoadedCompose } from '@shared/domain/compose/model';
import { changeVerdict, type ChangeTested } from '@shared/domain/changes/verdict';
import { canonicalText } from '@shared/domain/modes/service-differences';
import type { ModePlan } from '@shared/domain/modes/plan';
import type { Json } from '@shared/kernel/json';
import type { OutputOf } from '@shared/contract/contract';
import type { Modes } from '@main/modes/types';
import { readOptionalFile } from '@main/platform/files';
import type { Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';

/** How many tests of a mode are remembered: going back to files that were tested before needs no new test. */
const TESTS_KEPT = 20;

/** What is asked to know what changed. */
export interface ChangeSetDependencies {
  readonly projects: Projects;
  readonly modes: Pick<Modes, 'plan'>;
  readonly store: Pick<Store, 'getRecord' | 'patchRecord'>;
  /** The mode that runs, else the first. */
  readonly defaultMode: (projectId: string) => Promise<string>;
  /** Identifies what a service is built from; empty when it cannot be told. */
  readonly buildIdentity: (service: string, definition: ComposeService, models: readonly ComposeModel[]) => Promise<string>;
}

/** What changed in the files of a mode and does not run yet. */
export interface ChangeSet {
  readonly mode: string;
  readonly hash: string;
  readonly plan: ModePlan;
  readonly tested: ChangeTested | null;
}

/** Gathers the change set of a mode; the hash binds a test to exactly these files. */
export async function changeSet(deps: ChangeSetDependencies, projectId: string, mode: string): Promise<ChangeSet> {
  const [hash, plan] = await Promise.all([changeHash(deps, projectId, mode), deps.modes.plan(projectId, mode)]);
  return { mode, hash, plan, tested: await testOf(deps, projectId, mode, hash) };
}

/** The answer of `changes.show`. */
export async function showChanges(deps: ChangeSetDependencies, reference: string, mode: string | undefined): Promise<OutputOf<'changes.show'>> {
  const { id } = await deps.projects.resolve(reference);
  const found = await changeSet(deps, id, mode ?? (await deps.defaultMode(id)));
  const changes = found.plan.changes.filter((one) => one.action !== 'keep');
  return {
    mode: found.mode,
    hash: found.hash,
    pending: changes.length > 0,
    changes: structuredClone(changes) as OutputOf<'changes.show'>['changes'],
    tested: found.tested,
    ...changeVerdict(changes.length > 0, found.tested),
  };
}

/** A hash of everything a change consists of: the resolved model, what images are built from, the bytes of the files that were read. */
export async function changeHash(deps: Pick<ChangeSetDependencies, 'projects' | 'buildIdentity'>, projectId: string, mode: string): Promise<string> {
  const [{ compose }, modes] = await Promise.all([deps.projects.loadMode(projectId, mode), deps.projects.loadModes(projectId)]);
  const models = [compose.model, ...Object.values(modes).map((one) => one.model)];
  const services = Object.entries(compose.model.services);
  const [builds, files] = await Promise.all([
    Promise.all(services.filter(([, one]) => one.build !== undefined).map(async ([name, one]) => [name, await deps.buildIdentity(name, one, models)])),
    Promise.all(filesOf(compose).map(async (file) => [file, sha256((await readOptionalFile(file).catch(() => undefined)) ?? new Uint8Array())])),
  ]);
  return sha256(canonicalText({ mode, model: compose.model, contents: compose.variableContents, builds: Object.fromEntries(builds), files: Object.fromEntries(files) }));
}

/** What was read to load a mode, and what its containers read as configs and secrets; absolute. */
export function filesOf(compose: LoadedCompose): readonly string[] {
  const objects = [...Object.values(compose.model.configs), ...Object.values(compose.model.secrets)].flatMap((one) => one.file ?? []);
  return [...new Set([...compose.inputFiles, ...objects])].sort();
}

/** Remembers how a test ended. */
export async function rememberTest(deps: Pick<ChangeSetDependencies, 'store'>, projectId: string, mode: string, hash: string, tested: ChangeTested): Promise<void> {
  const tests = (await testsOf(deps, projectId, mode)).filter((one) => one.hash !== hash);
  await deps.store.patchRecord('change-test', recordId(projectId, mode), { tests: [...tests, { hash, ...tested }].slice(-TESTS_KEPT) as unknown as Json });
}

async function testOf(deps: Pick<ChangeSetDependencies, 'store'>, projectId: string, mode: string, hash: string): Promise<ChangeTested | null> {
  const found = (await testsOf(deps, projectId, mode)).find((one) => one.hash === hash);
  return found === undefined ? null : { operationId: found.operationId, at: found.at, ok: found.ok };
}

async function testsOf(deps: Pick<ChangeSetDependencies, 'store'>, projectId: string, mode: string): Promise<readonly (ChangeTested & { readonly hash: string })[]> {
  const tests = (await deps.store.getRecord('change-test', recordId(projectId, mode)))?.data['tests'];
  return Array.isArray(tests) ? (tests as unknown as readonly (ChangeTested & { readonly hash: string })[]) : [];
}

function recordId(projectId: string, mode: string): string {
  return `${projectId}:${mode}`;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

import type { OutputOf } from '@shared/contract/contract';
import { modesFromSettings } from '@shared/domain/compose/find-modes';
import { nodeFromWire } from '@shared/domain/compose/wire-tree';
import { editEffects } from '@shared/domain/files/edit-effects';
import { acrossModes } from '@shared/domain/findings/across-modes';
import type { Finding } from '@shared/domain/findings/finding';
import { AppError } from '@shared/kernel/app-error';
import type { Draft } from '@main/compose/types';
import type { LoadedMode } from '@main/projects/types';
import { findFile, wordsOfBytes } from './file-bytes';
import type { KnownFile, KnownMode, KnownProject } from './known-files';
import type { ProjectFilesDependencies } from './types';

type FileCheck = OutputOf<'files.check'>;
type Effect = FileCheck['effects'][number];

interface ModeCheck {
  readonly mode: string;
  readonly problem: AppError | null;
  readonly findings: readonly Finding[];
  readonly effect: Effect | null;
}

/** What loading and the checks would say if a file had this text. */
export async function checkText(deps: ProjectFilesDependencies, known: KnownProject, file: KnownFile, text: string): Promise<FileCheck> {
  const began = performance.now();
  const draft = { file: file.file, text };
  const users = known.modes.filter(({ definition }) => file.usedBy.some((one) => one.mode === definition.name));
  const checks = await Promise.all(users.map((mode) => checkMode(deps, known, file, mode, draft)));
  const alone = users.length > 0 ? null : await checkAlone(deps, file, draft);
  const problems = [...(alone === null ? [] : [problemOf(alone, [])]), ...mergedProblems(checks)];
  const findings = acrossModes(checks.map(({ mode, findings: found }) => ({ mode, findings: found })));
  return {
    problems,
    findings: findings.filter(({ finding }) => finding.where?.file === file.file).map(({ finding, modes }) => ({ ...finding, fixes: finding.fixes.map((fix) => ({ ...fix })), modes: [...modes] })),
    effects: checks.flatMap(({ effect }) => (effect === null || effect.services.length === 0 ? [] : [effect])),
    tookMs: performance.now() - began,
  };
}

async function checkMode(deps: ProjectFilesDependencies, known: KnownProject, file: KnownFile, mode: KnownMode, draft: Draft): Promise<ModeCheck> {
  const { definition, loaded } = mode;
  try {
    if (file.kind === 'dockerfile' || file.kind === 'ignore') {
      if (loaded === null) return { mode: definition.name, problem: null, findings: [], effect: null };
      return { mode: definition.name, problem: null, findings: await deps.quickChecks(loaded, draft), effect: await builtAnew(deps, known, file, definition.name, draft.text) };
    }
    const compose = await deps.compose.loadWith({ dir: known.project.dir, files: definition.files, envFiles: definition.envFiles, profiles: definition.profiles }, draft);
    const changed: LoadedMode = loaded === null ? { project: known.project, mode: definition, compose, untrustedFacts: [], authorization: await deps.projects.authorization(known.project.id) } : { ...loaded, compose };
    const services = loaded === null ? [] : editEffects(loaded.compose.model, compose.model).map((one) => ({ ...one, keys: [...one.keys] }));
    return { mode: definition.name, problem: null, findings: await deps.quickChecks(changed, draft), effect: { mode: definition.name, services } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { mode: definition.name, problem: error, findings: [], effect: null };
  }
}

/** Another Dockerfile means another image for everybody who is built from it. */
async function builtAnew(deps: ProjectFilesDependencies, known: KnownProject, file: KnownFile, mode: string, text: string): Promise<Effect> {
  const { bytes } = await findFile(deps, known, file);
  const same = wordsOfBytes(bytes, file).replaceAll('\r\n', '\n') === text.replaceAll('\r\n', '\n');
  const services = same ? [] : (file.usedBy.find((one) => one.mode === mode)?.services ?? []);
  return { mode, services: services.map((service) => ({ service, change: 'changed', keys: ['build'] })) };
}

/** A file that is in no mode is read by itself. */
async function checkAlone(deps: ProjectFilesDependencies, file: KnownFile, draft: Draft): Promise<AppError | null> {
  if (file.kind !== 'settings' && file.kind !== 'storage' && file.kind !== 'compose' && file.kind !== 'manifest') return null;
  try {
    const [document] = await deps.compose.documentsOf(draft);
    if (file.kind === 'settings' && document !== undefined) modesFromSettings(nodeFromWire(document.root, file.file));
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function mergedProblems(checks: readonly ModeCheck[]): FileCheck['problems'] {
  const byText = new Map<string, { readonly error: AppError; readonly modes: string[] }>();
  for (const { mode, problem } of checks) {
    if (problem === null) continue;
    const key = JSON.stringify([problem.message, problem.where]);
    const same = byText.get(key);
    if (same === undefined) byText.set(key, { error: problem, modes: [mode] });
    else same.modes.push(mode);
  }
  return [...byText.values()].map(({ error, modes }) => problemOf(error, modes));
}

function problemOf(error: AppError, modes: readonly string[]): FileCheck['problems'][number] {
  return { message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }), ...(error.where === undefined ? {} : { where: error.where }), modes: [...modes] };
}

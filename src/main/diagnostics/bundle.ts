import { hostname, userInfo } from 'node:os';
import type { OutputOf } from '@shared/contract/contract';
import { maskedModel } from '@shared/domain/diagnostics/masked-model';
import { looksSecret } from '@shared/domain/diagnostics/secret-like';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { Operation } from '@shared/domain/operations/operation';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import { Redactor } from '@main/platform/redact';
import type { TextFile } from '@main/platform/text-archive';
import type { JournalRow, StoredLogEntry } from '@main/platform/types';

/** What a bundle is made from. Each part may fail by itself. */
export interface BundleSources {
  readonly version: string;
  /** Secrets of this process, of the docker command and of Berth's own files. */
  readonly secrets: () => Promise<readonly string[]>;
  /** What Berth knows to be secret by now. */
  readonly redact: (text: string) => string;
  readonly engine: () => Promise<unknown>;
  readonly settings: () => OutputOf<'settings.list'>;
  readonly doctor: () => Promise<unknown>;
  readonly runtime: () => unknown;
  readonly metrics: () => unknown;
  readonly startup: () => unknown;
  readonly alerts: () => Promise<unknown> | unknown;
  readonly logTail: () => Promise<string>;
  readonly operations: () => Promise<readonly Operation[]>;
  readonly journal: (id: string) => Promise<readonly JournalRow[]>;
  readonly operationLog: (id: string) => Promise<readonly string[]>;
  readonly events: () => Promise<readonly StoredLogEntry[]>;
  readonly projects: () => Promise<readonly Project[]>;
  readonly loadModes: (id: string) => Promise<{ readonly [mode: string]: LoadedCompose }>;
  /** The user's folder; it becomes `~`. */
  readonly homeDir: string;
}

export interface Bundle {
  readonly files: readonly (TextFile & { readonly what: string })[];
  readonly missing: readonly string[];
}

const LOG_LINES = 200;

/** What is never in a bundle, in sentences. */
export const LEFT_OUT: readonly string[] = [
  'Values of environment variables, env files, secrets and configs: only the names of variables.',
  'Contents of compose files, logs of containers, files of projects, volumes and snapshots.',
  'Credentials: of registries, of S3, the token of the local API, keys and passphrases.',
  'What the steps of operations wrote down to be undone: only their names and times.',
  'Your user name, the name of this computer, and the place of your own folder.',
];

/** Everything a report needs, with what is secret taken out of all of it at the end, in the encodings it usually leaks in. */
export async function gatherBundle(sources: BundleSources): Promise<Bundle> {
  const missing: string[] = [];
  const redactor = new Redactor();
  for (const secret of await part('secrets of this machine', sources.secrets, [], missing)) redactor.add(secret);
  const projects = await projectFiles(sources, redactor, missing);
  const files: (TextFile & { what: string })[] = [];
  const add = async (path: string, what: string, make: () => unknown): Promise<void> => {
    const value = await part(path, async () => make(), undefined, missing);
    if (value !== undefined) files.push({ path, what, text: typeof value === 'string' ? value : documentOf(value) });
  };
  // Before it is written as JSON and after: what is escaped twice is found as well.
  const clean = (text: string): string => withoutNames(redactor.text(sources.redact(text)), sources.homeDir);
  const documentOf = (value: unknown): string => `${JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? clean(item) : item), 2)}\n`;
  await add('versions.json', 'Berth, what it runs on, and this kind of machine.', () => ({ berth: sources.version, versions: process.versions, platform: process.platform, arch: process.arch }));
  await add('engine.json', 'The Docker engine, and where engines were looked for.', sources.engine);
  await add('doctor.json', 'Every check of this machine.', sources.doctor);
  await add('settings.json', 'Every setting and its default.', () => sources.settings().map(({ key, value, default: initial }) => ({ key, value, default: initial })));
  await add('runtime.json', 'The background work, and how long work takes.', () => ({ status: sources.runtime(), metrics: sources.metrics() }));
  await add('startup.json', 'How long each part of the last start took.', sources.startup);
  await add('alerts.json', 'What needs somebody to look.', sources.alerts);
  await add('operations.json', 'The last operations: titles, steps, errors, the end of their logs.', () => operationFacts(sources));
  await add('events.json', 'The last entries of the event log.', async () => (await sources.events()).map(({ data: _data, ...entry }) => entry));
  await add('berth.log', 'The end of Berth’s own log.', sources.logTail);
  files.push(...projects);
  return { files: files.map((file) => ({ ...file, text: clean(file.text) })), missing: missing.map(clean) };
}

async function part<T>(name: string, make: () => Promise<T>, instead: T, missing: string[]): Promise<T> {
  try {
    return await make();
  } catch (error) {
    missing.push(`${name}: ${error instanceof AppError ? error.message : 'it could not be read'}`);
    return instead;
  }
}

/** Their secrets become known here, so it comes before anything is written down. */
async function projectFiles(sources: BundleSources, redactor: Redactor, missing: string[]): Promise<(TextFile & { what: string })[]> {
  const files: (TextFile & { what: string })[] = [];
  for (const project of await part('projects', sources.projects, [], missing)) {
    const modes = await part(`projects/${project.id}.json`, () => sources.loadModes(project.id), {}, missing);
    for (const loaded of Object.values(modes)) learnSecrets(loaded, redactor);
    const models = Object.fromEntries(Object.entries(modes).map(([mode, { model, warnings, findings }]) => [mode, { model: maskedModel(model), warnings: warnings.length, findings: findings.map(({ code, severity }) => ({ code, severity })) }]));
    const facts = { id: project.id, name: project.name, modes: project.modes.map((mode) => mode.name), models };
    files.push({ path: `projects/${project.id}.json`, what: `The compose model of ${project.name}, without any value.`, text: `${JSON.stringify(facts, null, 2)}\n` });
  }
  return files;
}

function learnSecrets({ variables, variableContents, model }: LoadedCompose, redactor: Redactor): void {
  for (const content of Object.values(variableContents)) redactor.add(content);
  for (const { content } of [...Object.values(model.secrets), ...Object.values(model.configs)]) if (content !== undefined) redactor.add(content);
  for (const values of [variables.values, ...Object.values(variables.environment)]) {
    for (const [name, layers] of Object.entries(values)) {
      for (const { value } of layers) {
        if (value === null) continue;
        redactor.addTelling({ [name]: value });
        if (looksSecret(value)) redactor.add(value);
      }
    }
  }
}

async function operationFacts(sources: BundleSources): Promise<unknown> {
  const operations = await sources.operations();
  return Promise.all(
    operations.map(async ({ id, kind, title, state, error, createdAt, startedAt, finishedAt, projectId, attempt, origin }) => {
      const [journal, log] = await Promise.all([sources.journal(id), sources.operationLog(id)]);
      return {
        ...{ id, kind, title, state, createdAt, startedAt, finishedAt, projectId, attempt, origin },
        error: error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? '' },
        journal: journal.map(({ seq, name, phase, at }) => ({ seq, name, phase, at })),
        log: log.slice(-LOG_LINES),
      };
    }),
  );
}

/** Who somebody is, is nobody's business either. Names of a few letters stand in other words. */
function withoutNames(text: string, homeDir: string): string {
  const user = userInfo().username;
  const names = [...(homeDir.length > 2 ? [[homeDir, '~'] as const] : []), ...(hostname().length > 3 ? [[hostname(), '<computer>'] as const] : []), ...(user.length > 3 ? [[`/${user}/`, '/<user>/'] as const] : [])];
  return names.reduce((out, [name, instead]) => out.split(name).join(instead), text);
}

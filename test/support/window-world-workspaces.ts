import type { OutputOf } from '@shared/contract/contract';
import { DEFAULT_EXCLUDES } from '@shared/domain/workspaces/default-excludes';
import { conflictWords, haltWords, savingsPercent } from '@shared/domain/workspaces/words';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { logText } from './window-world-history';

type Status = OutputOf<'workspaces.list'>;
type Workspace = Status['workspaces'][number];
type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;

/** What stands behind the workspaces page of a world. */
export interface WorkspacesWorld {
  readonly handlers: { readonly [name: string]: Handler };
  /** What an operation of workspaces ends with; undefined for every other one. */
  readonly resultOf: (kind: string, operationId: string) => JsonObject | undefined;
  /** Why an operation fails; null where it does not. */
  readonly errorOf: (kind: string, input: JsonObject) => Operation['error'];
  /** What an operation did, told once it has ended: the new status, where it changed. */
  readonly ended: (kind: string, input: JsonObject) => Status | null;
}

/** set-up: everything is in step and runs. new: there is no folder. halted: the sync stopped, keys collide, a container fails. offline: S3 is not started. broken: it cannot be looked at the first time. */
export type WorkspacesState = 'set-up' | 'new' | 'halted' | 'offline' | 'broken';

const MIB = 1_048_576;
const APPROVAL = 'a41f09';
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** Answers of workspaces that change as its operations do. */
export function workspacesWorld(options: { readonly dir: string; readonly state: WorkspacesState; readonly mark: string; readonly preview: Handler | undefined }): WorkspacesWorld {
  const { dir, state, mark } = options;
  const root = `${dir}/workspaces`;
  let online = state !== 'offline' && state !== 'new';
  let halted = state === 'halted';
  let failures = state === 'broken' ? 1 : 0;
  let synced = 0;
  let excluded = 214;
  let migration: Status['migration']['step'] = state === 'halted' ? 'mount' : 'done';
  let conflicts = state === 'halted' ? conflictsOf(mark) : [];
  const stopped = new Set<string>();
  const choices = new Map<string, Partial<Workspace>>();

  const status = (): Status => {
    const workspaces = state === 'new' ? [] : ['api', `docs-site${mark.replaceAll('/', '')}`, 'www'].map((name, index) => workspaceOf(name, index));
    const wholeBytes = workspaces.reduce((sum, one) => sum + (one.whole?.bytes ?? 0), 0);
    const bucketBytes = workspaces.reduce((sum, one) => sum + (one.bucket?.bytes ?? 0), 0);
    return {
      root,
      exists: state !== 'new',
      bucket: 'workspaces',
      endpoint: online ? 'http://127.0.0.1:9000' : null,
      mountPoint: state === 'new' || state === 'halted' ? null : '/mnt/workspaces',
      volume: null,
      halt: halted ? { reason: 'too-many-deletes', ...haltWords({ reason: 'too-many-deletes', deletes: 340, known: 1_204, limit: 301 }, APPROVAL), approval: APPROVAL } : null,
      workspaces,
      totals: { wholeBytes, bucketBytes, savingsPercent: online ? savingsPercent(wholeBytes, bucketBytes) : null },
      traffic: { puts: 1_204 + synced * 3, lists: 6, deletes: 18, bytesSent: (11.4 + synced) * MIB, since: at(-5_400_000) },
      monitor: state === 'new' ? { state: 'off', detail: 'No containers are made from workspaces.' } : online ? { state: 'running', detail: '2 containers are kept in step.' } : { state: 'mount-down', detail: 'The mount is not there; containers are kept as they are until it is back.' },
      gateway: online ? 'http://127.0.0.1:8080' : null,
      migration: { step: state === 'new' ? 'none' : migration, of: 4, detail: migration === 'done' ? 'Containers read the mount.' : migration === 'none' ? 'Not begun.' : 'Everything is sent; the mount is not there yet.' },
    };
  };

  function workspaceOf(name: string, index: number): Workspace {
    const own = { files: [412, 96, 696][index]!, bytes: [3.4, 0.3, 7.7][index]! * MIB };
    const never = index === 1 && synced === 0;
    const held = never ? { files: 0, bytes: 0 } : own;
    return {
      name,
      dir: `${root}/${name}`,
      local: own,
      whole: { files: own.files * 31, bytes: [498, 12, 502][index]! * MIB },
      bucket: online ? held : null,
      mount: online && state !== 'halted' ? held : null,
      pending: halted && index === 0 ? 3 : 0,
      excluded: [excluded, 6, 301][index]!,
      conflicts: conflicts.filter((one) => one.key.startsWith(`${name}/`)).length,
      state: !online ? 'offline' : halted ? 'halted' : never ? 'never' : 'synced',
      detail: 'The bucket has what is here.',
      lastSyncedAt: never ? null : at(synced > 0 ? -1_000 : -(index + 1) * 130_000),
      trigger: index === 1 ? 'manual' : 'watch',
      everySeconds: 300,
      source: state === 'halted' ? 'direct' : 'mount',
      reads: state === 'halted' ? 'direct' : 'mount',
      sizeOnly: false,
      run: true,
      runner: runnerOf(name, index),
      savingsPercent: online ? savingsPercent([498, 12, 502][index]! * MIB, held.bytes) : null,
      ...choices.get(name),
    };
  }

  function runnerOf(name: string, index: number): Workspace['runner'] {
    if (!online || index === 1) return null;
    const failed = state === 'halted' && index === 2;
    if (stopped.has(name)) return { state: 'stopped', detail: 'It was stopped.', containerId: null, containerName: null, port: null, url: null, command: 'npm start', copiedAt: null, readBytes: 0 };
    return {
      state: failed ? 'failed' : 'running',
      detail: failed ? 'npm start ended with code 1: Cannot find module express.' : '',
      containerId: 'e7'.repeat(32),
      containerName: `shop-workspace-${index === 0 ? 'api' : 'www'}`,
      port: failed ? null : 34_211 + index,
      url: failed ? null : `http://127.0.0.1:8080/${name}/`,
      command: index === 0 ? 'node app.js' : 'npm start',
      copiedAt: at(-120_000),
      readBytes: [3.4, 0.3, 7.7][index]! * MIB,
    };
  }

  const handlers: { readonly [name: string]: (input: never, call: never, push: (item: unknown) => void) => Promise<unknown> } = {
    'workspaces.list': async (_input: never, call: { readonly door: string }) => {
      // The tray asks too, and says nothing of it.
      if (failures > 0 && call.door === 'window') {
        failures -= 1;
        throw new AppError('service-unreachable', 'The workspaces folder could not be read: the disk does not answer.', { hint: 'Look at the disk, then try again.' });
      }
      return status();
    },
    'workspaces.plan': async () => planOf(halted),
    'workspaces.explain': async (input: { readonly path: string }) => answerOf(input.path),
    'workspaces.excluded': async () => ({ defaults: [...DEFAULT_EXCLUDES], ...excludedOf(mark, excluded > 214) }),
    'workspaces.preview-exclude': async (input: { readonly text: string }) => ({ before: 412, after: input.text.includes('fixtures') ? 396 : 412, excluded: input.text.includes('fixtures') ? Array.from({ length: 16 }, (_, index) => `api/fixtures/case-${String(index).padStart(2, '0')}.json`) : [], included: [] }),
    'workspaces.configure': async (input: { readonly name?: string; readonly [field: string]: unknown }) => {
      const { name, project: _project, ...change } = input;
      choices.set(name ?? '', { ...choices.get(name ?? ''), ...change });
      return status();
    },
    'workspaces.conflicts': async () => conflicts,
    'workspaces.logs': async (input: { readonly name: string }, call: { readonly signal: AbortSignal }, push: (item: unknown) => void) => {
      for (const [index, text] of ['copied 412 files from /workspaces/api in 0.4 s', 'npm install: added 84 packages in 6.1 s', 'node app.js', 'listening on 3000', ...Array.from({ length: 40 }, (_, line) => logText(line))].entries()) push({ service: input.name, containerId: 'e7'.repeat(32), stream: 'stdout', time: at((index - 44) * 900), text });
      await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve(), { once: true }));
    },
    'workspaces.troubleshoot': async () => checksOf(root, halted),
    'operations.preview': async (input: { readonly name: string }, call: never, push) => (input.name.startsWith('workspaces.') ? PLAN : options.preview?.(input as never, call, push)),
  };

  return {
    handlers: handlers as { readonly [name: string]: Handler },
    resultOf(kind, operationId) {
      if (!kind.startsWith('workspaces.')) return undefined;
      if (kind === 'workspaces.sync') return { operationId, workspaces: [], traffic: { puts: 0, lists: 0, heads: 0, deletes: 0, bytesSent: 0 }, notes: [] };
      if (kind === 'workspaces.resolve') return { operationId, key: 'api/app.js', kept: ['api/app.js'] };
      if (kind === 'workspaces.exclude') return { operationId, files: ['workspaces/api/.gitignore'], diff: '' };
      return { operationId, status: status() as unknown as JsonObject };
    },
    errorOf: (kind, input) => (halted && kind === 'workspaces.sync' && input['approve'] !== APPROVAL ? { code: 'blocked', message: '340 objects of 1204 would be removed from the bucket, more than 301, so nothing was removed.', hint: 'Look at what would be removed, then agree to it.' } : null),
    ended(kind, input) {
      if (kind === 'storage.start') online = true;
      else if (!kind.startsWith('workspaces.')) return null;
      if (kind === 'workspaces.sync') {
        halted = false;
        synced += 1;
      }
      if (kind === 'workspaces.exclude') excluded += 16;
      if (kind === 'workspaces.resolve') conflicts = conflicts.filter((one) => one.key !== input['key']);
      const names = typeof input['name'] === 'string' ? [input['name']] : ['api', 'www'];
      if (kind === 'workspaces.stop') for (const name of names) stopped.add(name);
      if (kind === 'workspaces.start') for (const name of names) stopped.delete(name);
      if (kind === 'workspaces.migrate') migration = 'done';
      if (kind === 'workspaces.rollback') migration = 'none';
      return status();
    },
  };
}

/** Operations of workspaces that change files of the project, and can be taken back. */
export const WORKSPACE_CHANGES: ReadonlySet<string> = new Set(['workspaces.exclude']);

function planOf(halted: boolean): OutputOf<'workspaces.plan'> {
  const changes = halted ? Array.from({ length: 340 }, (_, index) => ({ key: `www/assets/img-${String(index).padStart(3, '0')}.png`, action: 'remove' as const, reason: 'gone here', sizeBytes: ((index * 37) % 90) * 6_100 })) : [];
  return { changes, more: 0, uploads: halted ? 3 : 0, removals: changes.length, bytes: halted ? 41_000 : 0, halt: halted ? { reason: 'too-many-deletes', message: '', hint: '', approval: APPROVAL } : null };
}

function conflictsOf(mark: string): OutputOf<'workspaces.conflicts'> {
  return [
    { key: 'api/app.js', because: 'changed-there', message: conflictWords(`api/app.js${mark}`, 'changed-there'), local: { sizeBytes: 18_412 }, remote: { sizeBytes: 18_377, etag: 'e7'.repeat(16) }, foundAt: at(-62_000) },
    { key: 'www/public/index.html', because: 'removed-there', message: conflictWords('www/public/index.html', 'removed-there'), local: { sizeBytes: 2_048 }, remote: null, foundAt: at(-62_000) },
  ];
}

function answerOf(path: string): OutputOf<'workspaces.explain'> {
  if (path.includes('node_modules')) return { path, included: false, rule: 'node_modules/', source: 'default', detail: `${path} is never sent: node_modules/ is one of the excludes that always hold.` };
  if (path.includes('temp/')) return { path, included: false, rule: 'temp/', source: 'api/.gitignore:2', detail: `${path} is not sent: temp/ in api/.gitignore:2 excludes it.` };
  return { path, included: true, rule: null, source: null, detail: `${path} is sent: no rule excludes it.` };
}

function excludedOf(mark: string, more: boolean): Pick<OutputOf<'workspaces.excluded'>, 'entries' | 'more' | 'suggestions'> {
  const entry = (path: string, rule: string, source: string, bytes: number, folder = true): OutputOf<'workspaces.excluded'>['entries'][number] => ({ path, folder, rule, source, bytes });
  return {
    entries: [
      entry(`www/node_modules${mark}`, 'node_modules/', 'default', 471 * MIB),
      entry('api/node_modules', 'node_modules/', 'default', 468 * MIB),
      entry('www/.git', '.git/', 'default', 22.6 * MIB),
      entry('api/.git', '.git/', 'default', 20.1 * MIB),
      ...(more ? [entry('api/fixtures', 'fixtures/', 'api/.gitignore:4', 9.2 * MIB)] : []),
      entry('docs-site/dist', 'dist/', 'default', 6.2 * MIB),
      entry('api/temp', 'temp/', 'api/.gitignore:2', 4.8 * MIB),
      entry('api/.env', '.env*', 'default', 412, false),
      ...Array.from({ length: 512 }, (_, index) => entry(`www/reports/run-${String(index).padStart(3, '0')}.tmp`, '*.tmp', 'www/.gitignore:1', ((512 - index) * 3_100) % 80_000, false)),
    ],
    more: 0,
    suggestions: more ? [] : [{ path: 'api/fixtures', bytes: 9.2 * MIB, files: 16, pattern: 'fixtures/', reason: 'It is 82 % of what api sends.' }],
  };
}

function checksOf(root: string, halted: boolean): OutputOf<'workspaces.troubleshoot'> {
  return [
    { name: 'folder', ok: true, detail: `${root} is there.`, command: `ls ${root}`, fix: null },
    { name: 'trust', ok: true, detail: 'The project is trusted.', command: 'berth projects list', fix: null },
    { name: 's3', ok: true, detail: 'S3 answers at http://127.0.0.1:9000.', command: 'berth storage status', fix: null },
    { name: 'bucket', ok: true, detail: 'The bucket workspaces can be listed.', command: 'aws s3 ls s3://workspaces/ --endpoint-url http://127.0.0.1:9000', fix: null },
    halted ? { name: 'last run', ok: false, detail: '340 objects of 1204 would be removed from the bucket.', command: 'berth workspaces plan', fix: `If that is meant: berth workspaces sync --approve ${APPROVAL}` } : { name: 'last run', ok: true, detail: 'The last run ended well.', command: 'berth operations list', fix: null },
    { name: 'pending', ok: !halted, detail: halted ? '343 changes are not sent yet.' : 'Everything is sent.', command: 'berth workspaces plan', fix: halted ? 'berth workspaces sync' : null },
  ];
}

/** The plan document of leaving a folder out. */
const PLAN: OutputOf<'operations.preview'> = {
  title: 'Leave fixtures/ out of api',
  document: ['# Leave fixtures/ out of api', '', '## Steps', '', '1. Back up `workspaces/api/.gitignore`.', '2. Write the patterns at its end.', '', '## Files', '', '- Must change: `workspaces/api/.gitignore`', '', '```diff', '--- workspaces/api/.gitignore', '+++ workspaces/api/.gitignore', '@@ -1,3 +1,4 @@', ' coverage/', ' temp/', ' *.tmp', '+fixtures/', '```', '', '## Taking it back', '', '- Undo puts the file back as it was.'].join('\n'),
  files: [{ path: 'workspaces/api/.gitignore', change: 'change' }],
};

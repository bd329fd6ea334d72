import type { OutputOf } from '@shared/contract/contract';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { capitalised, uptime } from '../../lib/format';
import type { Mark } from '../../ui/state-mark';

export type WorkspacesStatus = OutputOf<'workspaces.list'>;
export type Workspace = WorkspacesStatus['workspaces'][number];
export type Runner = NonNullable<Workspace['runner']>;
/** The places a file is in, in the order it gets there. */
export type Place = 'local' | 'bucket' | 'mount';

interface Clause {
  readonly mark: Mark;
  readonly text: string;
}

/** From the worst: the answer has the shape of its worst clause. */
const WORST: readonly Mark[] = ['bad', 'warn', 'busy', 'off', 'none', 'good'];

export const STATE_MARKS: { readonly [state in Workspace['state']]: Mark } = { never: 'none', synced: 'good', pending: 'warn', syncing: 'busy', halted: 'bad', offline: 'off' };
export const RUNNER_MARKS: { readonly [state in Runner['state']]: Mark } = { waiting: 'warn', copying: 'busy', installing: 'busy', starting: 'busy', running: 'good', failed: 'bad', stopped: 'off' };

/** The answer of the page: is what is here also there, and do the containers run. */
export function workspacesAnswer(status: WorkspacesStatus, trusted: boolean): Clause & { readonly sentence: string } {
  const clauses = [syncClause(status, trusted), conflictClause(status), mountClause(status), runnerClause(status)].filter((clause) => clause !== null);
  const mark = WORST.find((one) => clauses.some((clause) => clause.mark === one)) ?? 'none';
  const sentence = capitalised(clauses.map((clause) => clause.text).join(', '));
  return { mark, text: sentence, sentence };
}

function syncClause(status: WorkspacesStatus, trusted: boolean): Clause {
  const { workspaces } = status;
  const [only] = workspaces.filter((one) => one.state === 'never');
  if (!status.exists && workspaces.length === 0) return { mark: 'none', text: words.answer.noFolder };
  if (workspaces.length === 0) return { mark: 'none', text: words.answer.noWorkspace };
  if (!trusted) return { mark: 'warn', text: words.answer.notTrusted };
  if (status.endpoint === null) return { mark: 'off', text: words.answer.notStarted };
  if (status.halt !== null) return { mark: 'bad', text: words.answer.halted };
  if (workspaces.some((one) => one.state === 'offline')) return { mark: 'bad', text: words.answer.away };
  if (workspaces.some((one) => one.state === 'syncing')) return { mark: 'busy', text: words.answer.syncing };
  const waiting = workspaces.reduce((sum, one) => sum + one.pending, 0);
  if (waiting > 0 || workspaces.some((one) => one.state === 'pending')) return { mark: 'warn', text: words.answer.waiting(waiting) };
  if (only !== undefined) return { mark: 'off', text: workspaces.every((one) => one.state === 'never') ? words.answer.never : words.answer.neverOf(only.name) };
  return { mark: 'good', text: words.answer.inStep };
}

function conflictClause({ workspaces }: WorkspacesStatus): Clause | null {
  const conflicts = conflictCount(workspaces);
  return conflicts === 0 ? null : { mark: 'warn', text: words.answer.conflicts(conflicts) };
}

function mountClause({ monitor, endpoint }: WorkspacesStatus): Clause | null {
  // Without S3 there can be no mount: that is said already.
  return monitor.state === 'mount-down' && endpoint !== null ? { mark: 'bad', text: words.answer.mountDown } : null;
}

function runnerClause({ workspaces }: WorkspacesStatus): Clause | null {
  const runners = workspaces.filter((one) => one.runner !== null && one.runner.state !== 'stopped');
  if (runners.length === 0) return null;
  const failed = runners.filter((one) => one.runner?.state === 'failed');
  const [first] = failed;
  if (first !== undefined) return { mark: 'bad', text: failed.length === 1 ? words.answer.fails(first.name) : words.answer.fail(failed.length) };
  const running = runners.filter((one) => one.runner?.state === 'running').length;
  return { mark: running === runners.length ? 'good' : 'busy', text: words.answer.run(running, runners.length) };
}

/** How many keys wait for somebody to choose. */
export function conflictCount(workspaces: readonly Workspace[]): number {
  return workspaces.reduce((sum, one) => sum + one.conflicts, 0);
}

/** All workspaces together in one of their places; null where nothing is known of it. */
export function placeTotal(workspaces: readonly Workspace[], place: Place): { readonly files: number; readonly bytes: number } | null {
  const known = workspaces.map((one) => one[place]).filter((one) => one !== null);
  if (known.length === 0) return null;
  return { files: known.reduce((sum, one) => sum + one.files, 0), bytes: known.reduce((sum, one) => sum + one.bytes, 0) };
}

/** True where the mount shows something else than the bucket holds. */
export function mountDiffers({ bucket, mount }: Pick<Workspace, 'bucket' | 'mount'>): boolean {
  return bucket !== null && mount !== null && (bucket.files !== mount.files || bucket.bytes !== mount.bytes);
}

/** What was left out of the bucket: 99.1 %. A dash before both are known. */
export function savedWords(savingsPercent: number | null): string {
  return savingsPercent === null ? '–' : `${savingsPercent.toFixed(1)} %`;
}

/** What was left out of the bucket by a workspace; nothing is saved by what was never sent. */
export function savedBy({ lastSyncedAt, savingsPercent }: Pick<Workspace, 'lastSyncedAt' | 'savingsPercent'>): string {
  return savedWords(lastSyncedAt === null ? null : savingsPercent);
}

/** on save, every 5 min, by hand. */
export function triggerWords({ trigger, everySeconds }: Pick<Workspace, 'trigger' | 'everySeconds'>): string {
  return trigger === 'interval' ? `${words.table.triggers.interval} ${uptime(everySeconds * 1_000)}` : words.table.triggers[trigger];
}

/** What is typed into the patterns field: one pattern a line. */
export function typedPatterns(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

type MigrationStep = 's3' | 'sync' | 'mount' | 'monitor';
export const MIGRATION_STEPS: readonly MigrationStep[] = ['s3', 'sync', 'mount', 'monitor'];

/** How each of the four steps stands. `running` is true while the move is under way. */
export function stepStates(step: WorkspacesStatus['migration']['step'], running: boolean): readonly ('done' | 'now' | 'running' | 'later')[] {
  const at = step === 'done' ? MIGRATION_STEPS.length : step === 'none' ? 0 : MIGRATION_STEPS.indexOf(step);
  return MIGRATION_STEPS.map((_one, index) => (index < at ? 'done' : index > at ? 'later' : running ? 'running' : 'now'));
}

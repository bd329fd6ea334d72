import type { BerthEvent } from '@shared/contract/events';
import { isDryRun } from '@shared/domain/operations/dry-run';
import { canRetry, wayBack } from '@shared/domain/operations/way-back';
import type { SettingValue } from '@shared/domain/settings/settings';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';
import type { WindowCommand } from '../../preload/api';
import type { AppWords } from './words/words';

/** What a button of a notification does: the same as its twin in the window. */
export type NewsAction =
  | { readonly type: 'show' }
  | { readonly type: 'retry'; readonly operationId: string }
  | { readonly type: 'undo'; readonly operationId: string }
  /** The way back from a switch, and its second try: both are planned anew. */
  | { readonly type: 'switch'; readonly word: 'retry' | 'undo'; readonly projectId: string; readonly mode: string };

/** A notification of the system: what it says, what its click shows, and its buttons where the system has some. */
export interface News {
  readonly title: string;
  readonly body: string;
  readonly urgent: boolean;
  readonly command: WindowCommand;
  readonly actions: readonly NewsAction[];
}

type Operation = Extract<BerthEvent, { readonly type: 'operation.changed' }>['operation'];
type Alert = Extract<BerthEvent, { readonly type: 'alerts.changed' }>['alerts'][number];
type Wanted = SettingValue<'notifications.show'>;

const TITLES: { readonly [state: string]: 'done' | 'failed' | 'rolledBack' | 'needsAttention' } = { succeeded: 'done', failed: 'failed', 'rolled-back': 'rolledBack', 'needs-attention': 'needsAttention' };
/** Ends remembered, so that a later change of the same record (its undo, its cleaning) is no news. */
const MAX_REMEMBERED = 500;

/** Decides which events are worth a notification: an alert that was not there before, an operation that ended. Each is told once. */
export interface Newsroom {
  /** The alerts that stood already when the app started: no news. */
  know(alerts: readonly Alert[]): void;
  newsOf(event: BerthEvent): readonly News[];
}

/** `wanted` and `words` are asked for each piece of news: both may change while the app runs. */
export function createNewsroom(wanted: () => Wanted, words: () => AppWords): Newsroom {
  let standing: ReadonlySet<string> | null = null;
  const told = new Set<string>();

  function ofAlerts(alerts: readonly Alert[]): readonly News[] {
    const now = alerts.filter((alert) => alert.clearedAt === null && !alert.dismissed);
    const before = standing;
    standing = new Set(now.map((alert) => alert.id));
    return now.filter((alert) => alert.severity !== 'info' && before?.has(alert.id) !== true).map(ofAlert);
  }

  function ofOperation(operation: Operation): readonly News[] {
    const title = TITLES[operation.state];
    // What is part of another one is told by that one.
    if (title === undefined || told.has(operation.id) || isDryRun(operation) || isKeptWithin(operation) || operation.parent !== undefined) return [];
    told.add(operation.id);
    const oldest = told.values().next().value;
    if (told.size > MAX_REMEMBERED && oldest !== undefined) told.delete(oldest);
    if (title === 'done' && (wanted() !== 'all' || operation.origin !== 'user')) return [];
    return [{ title: words().notifications[title](operation.title), body: operation.error?.message ?? '', urgent: operation.state === 'needs-attention', command: { type: 'show-operation', operationId: operation.id }, actions: actionsOf(operation) }];
  }

  return {
    know(alerts) {
      // An event that came first knows better.
      standing ??= new Set(alerts.map((alert) => alert.id));
    },
    newsOf(event) {
      const news = event.type === 'alerts.changed' ? ofAlerts(event.alerts) : event.type === 'operation.changed' ? ofOperation(event.operation) : [];
      return wanted() === 'none' ? [] : news;
    },
  };
}

/** The first is the one that matters most: some systems show only one or two. */
function actionsOf(operation: Operation): readonly NewsAction[] {
  const back = wayBack(operation);
  const mode = (operation.input as { readonly mode?: unknown } | null)?.mode;
  const actions: NewsAction[] = [];
  if (canRetry(operation)) actions.push(operation.kind === 'modes.switch' && operation.projectId !== null && typeof mode === 'string' ? { type: 'switch', word: 'retry', projectId: operation.projectId, mode } : { type: 'retry', operationId: operation.id });
  if (back !== null) actions.push(back.kind === 'undo' ? { type: 'undo', operationId: operation.id } : { type: 'switch', word: 'undo', projectId: back.projectId, mode: back.mode });
  return [...actions, { type: 'show' }];
}

function ofAlert(alert: Alert): News {
  return { title: alert.message, body: alert.hint, urgent: alert.severity === 'error', command: alert.projectId === null ? { type: 'show-page', page: 'project' } : { type: 'show-project', projectId: alert.projectId }, actions: [{ type: 'show' }] };
}

/** The word on the button. */
export function actionWord(action: NewsAction, { notifications }: AppWords): string {
  return notifications.actions[action.type === 'switch' ? action.word : action.type];
}

import type { BerthEvent } from '@shared/contract/events';
import type { WindowCommand } from '../../preload/api';

/** A notification of the system: what it says, and what its click shows. */
export interface News {
  readonly title: string;
  readonly body: string;
  readonly urgent: boolean;
  readonly command: WindowCommand;
}

type Operation = Extract<BerthEvent, { readonly type: 'operation.changed' }>['operation'];
type Alert = Extract<BerthEvent, { readonly type: 'alerts.changed' }>['alerts'][number];

const WENT_WRONG: { readonly [state: string]: string } = { failed: 'did not work', 'rolled-back': 'did not work; everything is back as it was', 'needs-attention': 'needs your attention' };
/** Ends remembered, so that a later change of the same record (its undo, its cleaning) is no news. */
const MAX_REMEMBERED = 500;

/** Decides which events are worth a notification: an alert that was not there before, an operation that ended badly. Each is told once. */
export interface Newsroom {
  /** The alerts that stood already when the app started: no news. */
  know(alerts: readonly Alert[]): void;
  newsOf(event: BerthEvent): readonly News[];
}

export function createNewsroom(): Newsroom {
  let standing: ReadonlySet<string> | null = null;
  const told = new Set<string>();

  function ofAlerts(alerts: readonly Alert[]): readonly News[] {
    const now = alerts.filter((alert) => alert.clearedAt === null && !alert.dismissed);
    const before = standing;
    standing = new Set(now.map((alert) => alert.id));
    return now.filter((alert) => alert.severity !== 'info' && before?.has(alert.id) !== true).map(ofAlert);
  }

  function ofOperation(operation: Operation): readonly News[] {
    const words = WENT_WRONG[operation.state];
    if (words === undefined || told.has(operation.id)) return [];
    told.add(operation.id);
    const oldest = told.values().next().value;
    if (told.size > MAX_REMEMBERED && oldest !== undefined) told.delete(oldest);
    return [{ title: `${operation.title} ${words}`, body: operation.error?.message ?? '', urgent: operation.state === 'needs-attention', command: { type: 'show-page', page: 'activity', tab: 'operations' } }];
  }

  return {
    know(alerts) {
      // An event that came first knows better.
      standing ??= new Set(alerts.map((alert) => alert.id));
    },
    newsOf(event) {
      if (event.type === 'alerts.changed') return ofAlerts(event.alerts);
      return event.type === 'operation.changed' ? ofOperation(event.operation) : [];
    },
  };
}

function ofAlert(alert: Alert): News {
  return { title: alert.message, body: alert.hint, urgent: alert.severity === 'error', command: alert.projectId === null ? { type: 'show-page', page: 'project' } : { type: 'show-project', projectId: alert.projectId } };
}

import type { BerthEvent } from '@shared/contract/events';
import { isSaidBy } from '@shared/domain/services/trouble';
import type { Clock } from '@shared/kernel/clock';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { textHash } from '@shared/kernel/text-hash';
import type { EventLog } from '@main/operations/event-log-types';
import type { Logger, Store } from '@main/platform/types';
import type { Alert, AlertCause, Alerts } from './types';

/** Ended alerts that are kept for whoever looks back. */
const CLEARED_KEPT = 200;

/** What alerts need from outside. */
export interface AlertsDependencies {
  readonly store: Pick<Store, 'listRecords' | 'patchRecord' | 'removeRecord'>;
  readonly publish: (event: BerthEvent) => void;
  readonly clock: Clock;
  readonly events: Pick<EventLog, 'add'>;
  readonly log: Logger;
}

type Identity = Pick<AlertCause, 'code' | 'object' | 'projectId' | 'service'>;

/** Reads the alerts that stood when the last process ended, and keeps them from then on. */
export async function createAlerts(deps: AlertsDependencies): Promise<Alerts> {
  const alerts = new Map<string, Alert>();
  for (const record of await deps.store.listRecords('alert')) {
    const alert = alertFrom(record.id, record.data);
    if (alert !== null) alerts.set(alert.id, alert);
  }
  return new KeptAlerts(deps, alerts);
}

class KeptAlerts implements Alerts {
  constructor(
    private readonly deps: AlertsDependencies,
    private readonly alerts: Map<string, Alert>,
  ) {}

  async raise(cause: AlertCause): Promise<Alert> {
    const id = idOf(cause);
    const standing = this.alerts.get(id);
    if (standing !== undefined && standing.clearedAt === null) return this.again(standing, cause);
    const { code, severity, projectId, service, message, hint } = cause;
    const alert: Alert = { id, code, severity, projectId, service, message, hint, raisedAt: this.now(), count: 0, clearedAt: null, dismissed: false };
    this.alerts.set(id, alert);
    this.tell();
    this.deps.events.add({ type: 'alert.raised', severity, projectId, service, message, data: { alertId: id, code, object: cause.object } });
    await this.keep(id, { ...alert });
    for (const one of this.standing()) if (isSaidBy(alert, one)) await this.end(one.id);
    return alert;
  }

  async clear(cause: Identity): Promise<void> {
    await this.end(idOf(cause));
  }

  async settle(codePrefix: string, projectId: string | null, causes: readonly AlertCause[]): Promise<void> {
    const unsaid = causes.filter((cause) => !this.standing().some((one) => isSaidBy(one, cause)));
    const wanted = new Set(unsaid.map(idOf));
    const over = this.standing().filter((one) => one.projectId === projectId && one.code.startsWith(codePrefix) && !wanted.has(one.id));
    for (const one of over) await this.end(one.id);
    for (const cause of unsaid) {
      const standing = this.alerts.get(idOf(cause));
      if (standing === undefined || standing.clearedAt !== null || standing.message !== cause.message) await this.raise(cause);
    }
  }

  list(cleared = false): readonly Alert[] {
    return [...this.alerts.values()].filter((one) => cleared || (one.clearedAt === null && !one.dismissed)).sort((a, b) => (a.raisedAt < b.raisedAt ? 1 : a.raisedAt > b.raisedAt ? -1 : 0));
  }

  async dismiss(id: string): Promise<void> {
    const alert = this.alerts.get(id);
    if (alert === undefined) throw new AppError('not-found', `There is no alert "${id}".`, { hint: 'List them: berth alerts list' });
    if (alert.dismissed) return;
    this.alerts.set(id, { ...alert, dismissed: true });
    this.tell();
    await this.keep(id, { dismissed: true });
  }

  /** Seen again while it stands: counted, and its words follow what is seen; nobody is told a second time. */
  private async again(standing: Alert, cause: AlertCause): Promise<Alert> {
    const alert: Alert = { ...standing, count: standing.count + 1, severity: cause.severity, message: cause.message, hint: cause.hint };
    this.alerts.set(alert.id, alert);
    if (alert.message !== standing.message || alert.severity !== standing.severity) this.tell();
    await this.keep(alert.id, { count: alert.count, severity: alert.severity, message: alert.message, hint: alert.hint });
    return alert;
  }

  private async end(id: string): Promise<void> {
    const alert = this.alerts.get(id);
    if (alert === undefined || alert.clearedAt !== null) return;
    const clearedAt = this.now();
    this.alerts.set(id, { ...alert, clearedAt });
    this.tell();
    this.deps.events.add({ type: 'alert.cleared', projectId: alert.projectId, service: alert.service, message: `No longer: ${alert.message}`, data: { alertId: id, code: alert.code } });
    await this.keep(id, { clearedAt });
    await this.forgetOld();
  }

  private async forgetOld(): Promise<void> {
    const ended = [...this.alerts.values()].filter((one) => one.clearedAt !== null).sort((a, b) => ((a.clearedAt ?? '') < (b.clearedAt ?? '') ? 1 : -1));
    for (const one of ended.slice(CLEARED_KEPT)) {
      this.alerts.delete(one.id);
      await this.deps.store.removeRecord('alert', one.id).catch((error: unknown) => this.deps.log.warn('an old alert could not be removed', { error }));
    }
  }

  /** An alert that cannot be stored is shown all the same. */
  private async keep(id: string, patch: JsonObject): Promise<void> {
    await this.deps.store.patchRecord('alert', id, patch).catch((error: unknown) => this.deps.log.warn('an alert could not be stored', { id, error }));
  }

  private tell(): void {
    this.deps.publish({ type: 'alerts.changed', alerts: [...this.list()] });
  }

  private standing(): readonly Alert[] {
    return [...this.alerts.values()].filter((one) => one.clearedAt === null);
  }

  private now(): string {
    return new Date(this.deps.clock.now()).toISOString();
  }
}

function idOf(cause: Identity): string {
  return `a_${textHash(JSON.stringify([cause.code, cause.projectId, cause.service, cause.object]))}`;
}

/** Null for a record that another version wrote in a way this one does not read. */
function alertFrom(id: string, data: JsonObject): Alert | null {
  const text = (name: string): string | null => (typeof data[name] === 'string' ? data[name] : null);
  const code = text('code');
  const raisedAt = text('raisedAt');
  const severity = data['severity'];
  if (code === null || raisedAt === null || (severity !== 'error' && severity !== 'warning' && severity !== 'info')) return null;
  return {
    id,
    code,
    severity,
    projectId: text('projectId'),
    service: text('service'),
    message: text('message') ?? '',
    hint: text('hint') ?? '',
    raisedAt,
    count: typeof data['count'] === 'number' ? data['count'] : 0,
    clearedAt: text('clearedAt'),
    dismissed: data['dismissed'] === true,
  };
}

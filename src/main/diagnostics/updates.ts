import type { OutputOf } from '@shared/contract/contract';
import { isNewer, readUpdateNotice } from '@shared/domain/updates/newer-version';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Alerts } from '@main/alerts/types';
import type { Logger } from '@main/platform/types';
import type { Settings } from '@main/settings/types';

type Report = OutputOf<'updates.check'>;

export interface UpdatesDependencies {
  readonly version: string;
  readonly settings: Pick<Settings, 'get'>;
  readonly ask: (address: string, deadlineMs: number) => Promise<unknown>;
  readonly alerts: Pick<Alerts, 'settle'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const DEADLINE_MS = 10_000;
const FIRST_LOOK_MS = 60_000;
const LOOK_EVERY_MS = 86_400_000;

/** Says whether there is a newer version. Asks nobody unless that is switched on and a source is set; installs nothing. */
export class Updates {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly deps: UpdatesDependencies) {}

  async check(): Promise<Report> {
    const { settings, version, ask, clock } = this.deps;
    const none = { current: version, latest: null, page: null, checkedAt: null };
    if (!settings.get('updates.check')) return { ...none, state: 'off', message: 'Looking for new versions is switched off.' };
    const source = settings.get('updates.source');
    if (source === '') return { ...none, state: 'no-source', message: 'No update source is set, so nobody is asked for new versions.' };
    const checkedAt = new Date(clock.now()).toISOString();
    try {
      const notice = readUpdateNotice(await ask(source, DEADLINE_MS));
      if (notice === null) return { ...none, checkedAt, state: 'failed', message: 'The update source answered with something that names no version.' };
      const latest = { current: version, latest: notice.version, page: notice.page, checkedAt };
      return isNewer(notice.version, version) ? { ...latest, state: 'newer', message: `Berth ${notice.version} is there; this is ${version}.` } : { ...latest, state: 'current', message: `${version} is the newest version.` };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { ...none, checkedAt, state: 'failed', message: `The update source could not be asked: ${error.message}` };
    }
  }

  /** For a host that stays: soon after the start and once a day. */
  start(): Promise<void> {
    this.next(FIRST_LOOK_MS);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    return Promise.resolve();
  }

  private next(afterMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look().finally(() => this.next(LOOK_EVERY_MS)), afterMs);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    try {
      const report = await this.check();
      const hint = report.page === null ? 'Get it from where you got this one.' : `See ${report.page}`;
      if (report.state !== 'failed') await this.deps.alerts.settle('UPDATE-AVAILABLE', null, report.state === 'newer' ? [{ code: 'UPDATE-AVAILABLE', object: report.latest ?? '', severity: 'info', projectId: null, service: null, message: report.message, hint }] : []);
      if (report.state === 'failed') this.deps.log.warn('the update source could not be used', { reason: report.message });
    } catch (error) {
      this.deps.log.error('looking for a newer version failed', { error });
    }
  }
}

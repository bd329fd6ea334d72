import { decideHeal, triesWithin, type HealDecision, type HealLimits } from '@shared/domain/reconcile/heal-budget';
import { WELL_AFTER_MS, type RestartLoop } from '@shared/domain/reconcile/restart-loops';
import type { Clock } from '@shared/kernel/clock';
import type { Alerts } from '@main/alerts/types';
import type { EventLog } from '@main/operations/event-log-types';
import type { Store } from '@main/platform/types';
import type { Settings } from '@main/settings/types';

interface Tries {
  readonly tries: readonly number[];
  readonly gaveUpAt: number | null;
}

const ALERT = 'CRASH-LOOP';

/** How often each service was healed, kept over restarts; where the limit is reached, one alert. */
export class HealTries {
  private readonly known = new Map<string, Tries>();
  private readonly broughtBack = new Map<string, number>();

  constructor(
    private readonly deps: {
      readonly store: Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord'>;
      readonly settings: Pick<Settings, 'get'>;
      readonly alerts: Pick<Alerts, 'raise' | 'clear'>;
      readonly eventLog: Pick<EventLog, 'add'>;
      readonly clock: Clock;
    },
  ) {}

  limits(): HealLimits {
    return { maxTries: this.deps.settings.get('heal.maxTries'), windowMs: this.deps.settings.get('heal.windowSeconds') * 1000 };
  }

  /** Whether the service may be healed now; `endedMs`: when its container ended, null where none did. Having given up lasts until it has been well. */
  async decide(projectId: string, service: string, endedMs: number | null): Promise<HealDecision> {
    const { tries, gaveUpAt } = await this.read(projectId, service);
    if (gaveUpAt !== null) return { kind: 'gave-up', tries: tries.length };
    return decideHeal(tries, this.deps.clock.now(), this.limits(), endedMs);
  }

  /** Counts a try. Bringing back what ended with the engine is none, once for each time that was away (`absence`). */
  async add(projectId: string, service: string, absence: number | null): Promise<void> {
    const key = `${projectId}/${service}`;
    if (absence !== null && this.broughtBack.get(key) !== absence) {
      this.broughtBack.set(key, absence);
      return;
    }
    const now = this.deps.clock.now();
    const { tries } = await this.read(projectId, service);
    await this.write(projectId, service, { tries: [...triesWithin(tries, now, this.limits().windowMs), now], gaveUpAt: null });
  }

  /** True the first time: then the alert is raised. */
  async giveUp(projectId: string, service: string, why: string): Promise<boolean> {
    const known = await this.read(projectId, service);
    if (known.gaveUpAt !== null) return false;
    const tries = known.tries.length;
    const message = `${service} was healed ${String(tries)} ${tries === 1 ? 'time' : 'times'} and is not as wanted again: Berth has given up on it.`;
    await this.tell(projectId, service, { message, hint: `${why} Look at its logs; once the cause is gone, heal it by hand.`, data: { tries } });
    return true;
  }

  /** The engine brings it back by its own restart policy, in vain. True the first time: then the alert is raised. */
  async keepsEnding(projectId: string, { service, ends }: RestartLoop): Promise<boolean> {
    if ((await this.read(projectId, service)).gaveUpAt !== null) return false;
    const seconds = Math.round(this.limits().windowMs / 1000);
    const message = `${service} ended by itself ${String(ends)} times in ${String(seconds)} s, and its own restart policy starts it again and again.`;
    await this.tell(projectId, service, { message, hint: `Its last words: berth services logs ${service}. Stop it until the cause is gone: berth services stop ${service}`, data: { ends } });
    return true;
  }

  /** The service has no drift and has run for this long. */
  async well(projectId: string, service: string, runningMs: number): Promise<void> {
    const known = await this.read(projectId, service);
    const { windowMs } = this.limits();
    if (known.gaveUpAt === null) {
      if (known.tries.length > 0 && triesWithin(known.tries, this.deps.clock.now(), windowMs).length === 0) await this.forget(projectId, service);
      return;
    }
    if (runningMs < Math.min(WELL_AFTER_MS, windowMs)) return;
    await this.forget(projectId, service);
    await this.deps.alerts.clear({ code: ALERT, object: '', projectId, service });
  }

  private async tell(projectId: string, service: string, what: { readonly message: string; readonly hint: string; readonly data: { readonly [key: string]: number } }): Promise<void> {
    const { message, hint, data } = what;
    await this.write(projectId, service, { ...(await this.read(projectId, service)), gaveUpAt: this.deps.clock.now() });
    await this.deps.alerts.raise({ code: ALERT, object: '', severity: 'error', projectId, service, message, hint });
    this.deps.eventLog.add({ type: 'drift.gave-up', severity: 'error', projectId, service, message, data });
  }

  private async forget(projectId: string, service: string): Promise<void> {
    this.known.set(`${projectId}/${service}`, { tries: [], gaveUpAt: null });
    await this.deps.store.removeRecord('heal', `${projectId}/${service}`);
  }

  private async read(projectId: string, service: string): Promise<Tries> {
    const key = `${projectId}/${service}`;
    let known = this.known.get(key);
    if (known === undefined) {
      const data = (await this.deps.store.getRecord('heal', key))?.data ?? {};
      const tries = Array.isArray(data['tries']) ? data['tries'].filter((one): one is number => typeof one === 'number') : [];
      known = { tries, gaveUpAt: typeof data['gaveUpAt'] === 'number' ? data['gaveUpAt'] : null };
      this.known.set(key, known);
    }
    return known;
  }

  private async write(projectId: string, service: string, tries: Tries): Promise<void> {
    const key = `${projectId}/${service}`;
    this.known.set(key, tries);
    await this.deps.store.patchRecord('heal', key, { tries: [...tries.tries], gaveUpAt: tries.gaveUpAt });
  }
}

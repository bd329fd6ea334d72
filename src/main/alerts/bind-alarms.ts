import type { Disposable } from '@shared/kernel/disposable';
import type { BindAlarm, Engine } from '@main/docker/types';
import type { Logger } from '@main/platform/types';
import type { Alerts } from './types';

/** Raises an alert for a container that got another folder than was judged: it was stopped, and somebody should look. What could not be looked at is logged. */
export function watchBinds(parts: { readonly engine: Pick<Engine, 'onBindAlarm'>; readonly alerts: Pick<Alerts, 'raise'>; readonly projectIdOf: (dir: string) => Promise<string | null>; readonly log: Logger }): Disposable {
  const tell = async (alarm: BindAlarm): Promise<void> => {
    const { projectDir, service, source, message } = alarm;
    await parts.alerts.raise({ code: 'BIND-SWAPPED', object: source, severity: 'error', projectId: await parts.projectIdOf(projectDir), service: service === '' ? null : service, message, hint: 'Find out what changes that folder, then start the service again.' });
  };
  return parts.engine.onBindAlarm((alarm) => {
    if (alarm.kind === 'not-checked') parts.log.warn(alarm.message, { containerId: alarm.containerId });
    else tell(alarm).catch((error: unknown) => parts.log.error('an alert could not be kept', { error }));
  });
}

import type { Handlers } from '@main/dispatch/types';
import type { Alerts } from './types';

/** Binds the contract names of this capability. */
export function alertsHandlers(alerts: Alerts): Pick<Handlers, 'alerts.list' | 'alerts.dismiss'> {
  return {
    'alerts.list': ({ cleared }) => Promise.resolve([...alerts.list(cleared)]),
    'alerts.dismiss': async ({ id }) => {
      await alerts.dismiss(id);
      return [...alerts.list()];
    },
  };
}

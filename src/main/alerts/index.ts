export { watchBinds } from './bind-alarms';
export { alertsHandlers } from './handlers';
export { createAlerts } from './service';
export { watchServices } from './service-alerts';
export { watchWaysBack } from './way-back-alerts';

export { settingsHandlers } from './handlers';
export { createSettings } from './service';

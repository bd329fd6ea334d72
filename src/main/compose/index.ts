export { composeHandlers } from './handlers';
export { ComposeService, type ComposeOptions } from './service';
export type { Compose, ComposeRequest } from './types';
export { installedDialect, pluginPaths } from './installed-dialect';

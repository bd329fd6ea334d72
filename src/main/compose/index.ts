export { composeHandlers } from './handlers';
export { ComposeService } from './service';
export { installedDialect, pluginPaths } from './installed-dialect';
export { sourceHandlers } from './source';
export { composeOperations } from './operations';

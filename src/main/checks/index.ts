export { checksHandlers } from './handlers';
export { createChecks, type ChecksWithFixes } from './service';
export { engineApiVersion, engineIsLocal, observeMode } from './observe';
export { fixOperation } from './fix-operation';
export { watchProjectFiles, type FileWatch } from './watch';

export { checksHandlers } from './handlers';
export { createChecks, type ChecksWithFixes } from './service';
export { engineIsLocal, observeMode } from './observe';
export { fixOperation } from './fix-operation';
export { watchProjectFiles, type FileWatch } from './watch';

export { checksHandlers, type ChecksHandlerDependencies } from './handlers';
export { createChecks, type ChecksWithFixes } from './service';
export { engineIsLocal, observeMode } from './observe';
export { fixOperation, type FixDependencies } from './fix-operation';
export { watchProjectFiles, type FileWatch } from './watch';

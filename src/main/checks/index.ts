export { checksHandlers } from './handlers';
export { createChecks, type ChecksWithFixes } from './service';
export { engineApiVersion, engineCapacity, engineIsLocal, observeMode } from './observe';
export { fixOperation } from './fix-operation';
export { watchProjectFiles } from './watch';

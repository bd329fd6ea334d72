export { applyOperation } from './apply-operation';
export { copySources, freePortOffset } from './copy-sources';
export { deployOperation } from './deploy-operation';
export { changesHandlers } from './handlers';
export { keepsLastGood } from './last-good';
export { rollbackOperation } from './rollback-operation';
export { testOperation } from './test-operation';
export { createTwins } from './twins';

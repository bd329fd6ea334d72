export { historyOf } from './history';
export { filesHandlers } from './handlers';
export { lifecycleOperations } from './lifecycle-operations';
export { saveOperation } from './save-operation';

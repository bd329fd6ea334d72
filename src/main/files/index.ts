export { filesHandlers } from './handlers';
export { saveOperation } from './save-operation';

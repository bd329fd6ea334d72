export { contractHandlers } from './contract-handlers';
export { createDispatcher } from './dispatcher';

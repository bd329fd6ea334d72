export { createDispatcher } from './dispatcher';

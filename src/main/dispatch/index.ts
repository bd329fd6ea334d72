export { clientOf, createDispatcher, dispatcherOver } from './dispatcher';

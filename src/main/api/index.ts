export { startLocalApi } from './server';

export { askToYield } from './client';
export { startLocalApi } from './server';

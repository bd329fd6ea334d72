export { startLocalApi, type LocalApi } from './server';
export { askHost, createLocalApiClient, wasNotTaken, type LocalApiClient } from './client';

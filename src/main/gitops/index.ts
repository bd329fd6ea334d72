export { createDuplicates } from './duplicates';
export { followManifests } from './follow';
export { scanHandlers } from './scan-handlers';
export { scanOperation } from './scan-operation';
export { createScans } from './service';

export { scanOperation } from './scan-operation';
export { createScans } from './service';

export { checksHandlers } from './handlers';
export { createChecks, type ChecksWithFixes } from './service';
export { engineAddressPools, engineApiVersion, engineCapacity, engineHost, engineIsLocal, observeMode } from './observe';
export { connectivityOperation } from './connectivity-operation';
export { fixOperation } from './fix-operation';
export { followChecks } from './follow';
export { buildFiles, dockerfileOf } from './gather-builds';
export { watchProjectFiles } from './watch';
export { portMapHandlers } from './port-map';

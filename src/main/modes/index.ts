export { buildFingerprint } from './build-request';
export { portOwner } from './port-owner';
export { rebuildOperation } from './rebuild-operation';
export { modesHandlers } from './handlers';
export { serviceRemaker } from './remake';
export { ModesService } from './service';
export { startWatch } from './start-watch';
export { switchOperation } from './switch-operation';
export type { ModesDependencies } from './types';

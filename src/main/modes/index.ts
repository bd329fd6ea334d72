export { portOwner } from './port-owner';
export { modesHandlers } from './handlers';
export { ModesService } from './service';
export { switchOperation } from './switch-operation';
export type { ModesDependencies } from './types';

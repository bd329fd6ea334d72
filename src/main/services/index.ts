export { servicesHandlers } from './handlers';
export { serviceOperations } from './service-operations';
export { ServicesService } from './service';
export { ServicesStatus } from './status';
export type { ServicesDependencies } from './types';

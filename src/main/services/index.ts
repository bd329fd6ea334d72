export { servicesHandlers } from './handlers';
export { serviceOperations } from './service-operations';
export { ServicesService } from './service';
export { ServicesStatus } from './status';
export type { ServiceList, Services, ServicesDependencies } from './types';

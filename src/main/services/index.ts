export { graphHandlers } from './graph';
export { healthcheckHandlers } from './present-healthcheck';
export { servicesHandlers } from './handlers';
export { serviceOperations } from './service-operations';
export { ServicesService } from './service';
export { StatusReconciler } from './status';
export { remakeOperation, runningIn } from './remake-operation';
export type { ServicesDependencies } from './types';
export { resourcesHandlers, resourcesOperation, type ResourcesDependencies } from './resources-operation';

export { createApiSlot, type ApiSlot } from './api-slot';
export { restingComponent, workerComponent } from './components';
export { runtimeHandlers } from './handlers';
export { createLifespan, type Lifespan } from './lifespan';
export { createRuntime, type Runtime } from './runtime';
export { createMetrics, metricsHandlers } from './metrics';
export { observeOperations } from './operation-metrics';

export { DynamicConfigs } from './dynamic-configs';
export { flowReceivers } from './flow-receivers';
export { Pipeline } from './pipeline';
export { pipelineHandlers } from './pipeline-handlers';
export { detectStage, pipelineStages, planStage } from './pipeline-stages';
export { renderOperation } from './render-operation';
export { templateHandlers } from './template-handlers';
export { templateOperations } from './template-operations';
export type { TemplateDependencies } from './template-types';

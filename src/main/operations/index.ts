export { createOperations } from './operations';
export { createEventStream, type EventStream } from './event-stream';
export { operationHandlers } from './handlers';

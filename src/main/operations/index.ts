export { createOperations } from './operations';
export { createEventStream, type EventStream } from './event-stream';
export { operationHandlers } from './handlers';
export { createEventLog, eventLogHandlers } from './event-log';
export { followForLog } from './log-sources';
export { createStructuralGuard, type StructuralGuard } from './structural';
export { undoOperation } from './structural-undo';

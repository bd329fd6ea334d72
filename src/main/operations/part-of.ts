import type { OperationContext } from './types';

/** The context for a part of an operation that counts steps of its own: what it says is shown, what it counts is not. */
export function asPart(context: OperationContext): OperationContext {
  return {
    ...context,
    progress: (change) => context.progress(Object.fromEntries(Object.entries(change).filter(([key]) => key !== 'step' && key !== 'of'))),
  };
}

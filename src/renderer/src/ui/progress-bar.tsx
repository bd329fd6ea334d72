import type { ReactElement } from 'react';
import type { Operation } from '../lib/model';
import './progress-bar.css';

/** How far a running operation is. */
export function ProgressBar({ operation }: { readonly operation: Operation }): ReactElement {
  return <progress className="progress-bar" max={Math.max(1, operation.progress.of)} value={operation.progress.step} aria-label={operation.title} />;
}

import type { ReactElement, ReactNode } from 'react';
import './empty-state.css';

/** A page or list with nothing to show: what it is for, and the one thing to do. `page` when it is all there is on the page. */
export function EmptyState({ icon, title, children, actions, testId, page = false }: { readonly icon?: ReactNode; readonly title: string; readonly children?: ReactNode; readonly actions?: ReactNode; readonly testId?: string; readonly page?: boolean }): ReactElement {
  return (
    <div className="empty-state" data-testid={testId}>
      {icon !== undefined && <div className="empty-state-icon">{icon}</div>}
      {page ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children !== undefined && <div className="empty-state-text">{children}</div>}
      {actions !== undefined && <div className="empty-state-actions">{actions}</div>}
    </div>
  );
}

/** Lines that stand where content will be. */
export function Skeleton({ rows, height = 32, label }: { readonly rows: number; readonly height?: number; readonly label: string }): ReactElement {
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skeleton-row" style={{ height }}>
          <span style={{ width: `${18 + ((index * 7) % 11)}%` }} />
          <span style={{ width: '10%' }} />
          <span style={{ width: `${20 + ((index * 5) % 13)}%` }} />
        </div>
      ))}
    </div>
  );
}

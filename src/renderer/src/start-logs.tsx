import { createRoot } from 'react-dom/client';
import { ErrorBoundary } from './app/error-boundary';
import { LogsWindow } from './features/logs/logs-window';

const query = new URLSearchParams(location.search);
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <ErrorBoundary>
      <LogsWindow projectId={query.get('logs') ?? ''} services={query.getAll('service')} />
    </ErrorBoundary>,
  );
}

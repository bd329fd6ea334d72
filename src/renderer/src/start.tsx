import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { ErrorBoundary } from './app/error-boundary';
import { startSync } from './lib/sync';
import { FILE_DRAFTS, hasKept, TEMPLATE_DRAFTS } from './lib/unsaved';

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <ErrorBoundary>
      <App />
    </ErrorBoundary>,
  );
}
void startSync();
// What was typed before a reload is told of by its own store, also before anybody opens its page.
if (hasKept(FILE_DRAFTS)) void import('./features/files/files-store');
if (hasKept(TEMPLATE_DRAFTS)) void import('./features/gitops/template-drafts');

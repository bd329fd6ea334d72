import { useState, type ReactElement } from 'react';
import { Columns2 } from 'lucide-react';
import { gitWords as words } from '../../locales/en/git';
import { runOperation } from '../../lib/run-operation';
import type { Project } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { Button, IconButton } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { CommitSheet } from './commit-sheet';
import type { GitStatus } from './git-panel';

/** What is not committed, and a commit of exactly what is ticked. */
export function GitChanges({ project, status, busy }: { readonly project: Project; readonly status: GitStatus; readonly busy: boolean }): ReactElement {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [message, setMessage] = useState('');
  const [compared, setCompared] = useState<string | null>(null);
  const { working, failure, run } = useAct();
  const files = status.changes.filter((one) => one.state !== 'conflict').map((one) => one.path).filter((path) => !left.has(path));
  if (status.changes.length === 0) {
    return (
      <EmptyState title={words.nothing} testId="git-clean">
        {words.nothingText}
      </EmptyState>
    );
  }
  const toggle = (path: string): void => setLeft((before) => (before.has(path) ? new Set([...before].filter((one) => one !== path)) : new Set([...before, path])));
  return (
    <div className="git-changes">
      <ul className="git-list scroll" tabIndex={0} aria-label={words.view.changes}>
        {status.changes.map((one) => (
          <li key={one.path}>
            <label>
              <input type="checkbox" checked={!left.has(one.path)} disabled={one.state === 'conflict'} onChange={() => toggle(one.path)} />
              <span className="git-state">{words.states[one.state]}</span>
              <span className="mono ellipsis" title={one.path}>{one.from === null ? one.path : `${one.from} → ${one.path}`}</span>
            </label>
            <IconButton label={words.compareFile(one.path)} data-testid={`compare-${one.path}`} onClick={() => setCompared(one.path)}>
              <Columns2 size={14} />
            </IconButton>
          </li>
        ))}
      </ul>
      {failure !== null && <div className="gitops-error"><ErrorBox error={failure} /></div>}
      <form
        className="git-commit"
        onSubmit={(event) => {
          event.preventDefault();
          run(() => runOperation('gitops.commit', { project: project.id, files, message: message.trim() }), () => setMessage((now) => (now === message ? '' : now)));
        }}
      >
        <input className="text-field" type="text" autoComplete="off" aria-label={words.message} placeholder={words.message} value={message} data-testid="git-message" onChange={(event) => setMessage(event.target.value)} />
        <Button type="submit" look="primary" disabled={busy || working || message.trim() === '' || files.length === 0} data-testid="git-commit">
          {words.commit(files.length)}
        </Button>
      </form>
      <p className="faint git-note">{words.hooks}</p>
      {compared !== null && <CommitSheet project={project} commit={null} file={compared} onClose={() => setCompared(null)} />}
    </div>
  );
}

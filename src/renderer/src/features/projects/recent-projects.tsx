import { useCallback, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { reopenProject } from '../../lib/open-folder';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Ago } from '../../ui/time';
import './recent-projects.css';

type Closed = OutputOf<'projects.recent'>[number];

/** Projects that were closed, the last one first. Asked again whenever the list of open ones changes. */
export function useRecent(): { readonly closed: readonly Closed[]; readonly again: () => void } {
  const projects = useStore((state) => state.model.projects);
  const { value, again } = useAnswer(useCallback(() => call('projects.recent', {}).then((closed) => ({ closed, projects })), [projects]));
  return { closed: value?.closed ?? [], again };
}

/** What was closed and can be opened again as it was; nothing where nothing was. */
export function RecentProjects(): ReactElement | null {
  const { closed, again } = useRecent();
  const [forgetting, setForgetting] = useState<Closed | null>(null);
  if (closed.length === 0) return null;
  return (
    <section className="recent" aria-labelledby="recent-title" data-testid="recent">
      <h2 id="recent-title">{say.recent.title}</h2>
      <ul>
        {closed.map((one) => (
          <li key={one.id}>
            <span className="recent-text">
              <span className="ellipsis">{one.name}</span>
              <span className="faint ellipsis" title={one.dir}>
                {one.readable ? one.dir : `${one.dir}: ${say.recent.unreadable}`}
              </span>
            </span>
            <span className="faint recent-when">
              {say.recent.closed} <Ago at={one.closedAt} />
            </span>
            <Button size="small" data-row aria-label={say.recent.openOf(one.name)} data-testid={`reopen-${one.id}`} disabled={!one.readable} onClick={() => void reopenProject(one.id)}>
              {say.recent.open}
            </Button>
            <Button size="small" look="quiet" aria-label={say.recent.forgetOf(one.name)} data-testid={`forget-${one.id}`} onClick={() => setForgetting(one)}>
              {say.recent.forget}
            </Button>
          </li>
        ))}
      </ul>
      {forgetting !== null && (
        <ConfirmDialog testId="forget-dialog" title={say.recent.forgetTitle(forgetting.name)} confirm={say.recent.forget} confirmTestId="forget-confirm" act={() => call('projects.forget', { id: forgetting.id })} onDone={() => (setForgetting(null), again())} onClose={() => setForgetting(null)}>
          <p>{say.recent.forgetText}</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

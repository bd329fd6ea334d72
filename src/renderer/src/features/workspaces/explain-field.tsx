import { useId, useState, type FormEvent, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call } from '../../lib/client';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';

/** Why was this file not synced: a path, and the rule that decides. */
export function ExplainField({ projectId }: { readonly projectId: string }): ReactElement {
  const [path, setPath] = useState('');
  const [answer, setAnswer] = useState<OutputOf<'workspaces.explain'> | null>(null);
  const { working, failure, run } = useAct();
  const id = useId();
  function ask(event: FormEvent): void {
    event.preventDefault();
    const asked = path.trim();
    if (asked === '') return;
    setAnswer(null);
    run(async () => setAnswer(await call('workspaces.explain', { project: projectId, path: asked })), () => undefined);
  }
  return (
    <section className="ws-aside-part" data-testid="explain">
      <h2>
        <label htmlFor={id}>{words.explain.title}</label>
      </h2>
      <form className="ws-explain" onSubmit={ask}>
        <input id={id} className="text-field mono" type="text" autoComplete="off" spellCheck={false} value={path} placeholder="api/src/app.js" data-testid="explain-path" onChange={(event) => setPath(event.target.value)} />
        <Button type="submit" disabled={working || path.trim() === ''} data-testid="explain-ask">
          {words.explain.ask}
        </Button>
      </form>
      {failure !== null && <ErrorBox error={failure} />}
      {answer !== null && (
        <div className="ws-answer selectable" role="status" data-testid="explain-answer" data-included={answer.included}>
          <StateMark mark={answer.included ? 'good' : 'off'} />
          <p>{answer.detail}</p>
        </div>
      )}
    </section>
  );
}

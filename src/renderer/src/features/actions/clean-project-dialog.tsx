import { useCallback, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { mebibytes } from '../../lib/format';
import { runOperation } from '../../lib/run-operation';
import { goTo } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import type { ActionProps } from './action-dialog';
import './actions.css';

/** What cleaning the project removes, and only then the button that does it. Volumes go only when ticked, and are in a snapshot first. */
export function CleanProjectDialog({ project, onClose }: ActionProps): ReactElement {
  const [volumes, setVolumes] = useState(false);
  const [restart, setRestart] = useState(true);
  const preview = useAnswer(useCallback(async () => ({ volumes, result: await runOperation('projects.clean', { project: project.id, volumes, dryRun: true }) }), [project.id, volumes]));
  // Only what was shown is agreed to: another tick is another answer.
  const result = preview.error === null && preview.value?.volumes === volumes ? preview.value.result : null;
  const mode = preview.value?.result['mode'];
  const done = (): void => {
    goTo('project');
    onClose();
  };

  return (
    <ConfirmDialog
      testId="clean-project"
      title={say.clean.title(project.name)}
      lead={say.clean.lead}
      confirm={volumes ? say.clean.confirmVolumes : say.clean.confirm}
      working={say.clean.working}
      confirmTestId="clean-project-confirm"
      ready={result !== null}
      note={result !== null && <span className="dim">{say.clean.frees(mebibytes(typeof result['freedBytes'] === 'number' ? result['freedBytes'] : 0))}</span>}
      act={() => start('projects.clean', { project: project.id, volumes, start: restart })}
      onDone={done}
      onClose={onClose}
    >
      {preview.error !== null && <ErrorBox error={preview.error} actions={<Button size="small" onClick={preview.again}>{say.actions.retry}</Button>} />}
      <div className="clean-ticks">
        <label className="tick">
          <input type="checkbox" checked={restart} onChange={(event) => setRestart(event.target.checked)} />
          <span>{say.clean.start(typeof mode === 'string' ? mode : null)}</span>
        </label>
        <label className="tick">
          <input type="checkbox" checked={volumes} data-testid="clean-volumes" onChange={(event) => setVolumes(event.target.checked)} />
          <span>
            {say.clean.volumes}
            <span className="faint tick-more">{say.clean.archived}</span>
          </span>
        </label>
      </div>
      {result === null && preview.error === null && <Skeleton rows={4} height={24} label={say.clean.loading} />}
      {result !== null && (
        <dl className="clean-lists" data-testid="clean-lists">
          {(['containers', 'networks', 'images', 'volumes'] as const).map((kind) => (
            <Names key={kind} term={say.clean.kinds[kind]} names={namesOf(result[kind])} none={kind === 'volumes' ? say.clean.volumesStay : say.detail.none} />
          ))}
        </dl>
      )}
      {namesOf(result?.['kept']).map((sentence) => (
        <p key={sentence} className="dim clean-kept">
          {sentence}
        </p>
      ))}
    </ConfirmDialog>
  );
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function Names({ term, names, none }: { readonly term: string; readonly names: readonly string[]; readonly none: string }): ReactElement {
  return (
    <>
      <dt>
        {term} <span className="faint">{names.length}</span>
      </dt>
      <dd>{names.length === 0 ? <span className="faint">{none}</span> : names.map((name) => <code key={name}>{name}</code>)}</dd>
    </>
  );
}

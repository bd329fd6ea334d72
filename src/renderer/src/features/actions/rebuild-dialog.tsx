import { useState, type ReactElement } from 'react';
import { en } from '../../locales/en';
import { start } from '../../lib/client';
import { goTo } from '../../lib/store';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { CopyCommand } from '../../ui/copy-command';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error-box';
import type { ActionProps } from './action-dialog';
import './actions.css';

/** Builds images anew and recreates their services; data stays. */
export function RebuildDialog({ project, services, service, onClose }: ActionProps): ReactElement {
  const [chosen, setChosen] = useState(service ?? '');
  const [cache, setCache] = useState(false);
  const [pull, setPull] = useState(false);
  const { working, failure, run } = useAct();
  const rebuild = (): void =>
    run(
      () => start('services.rebuild', { project: project.id, services: chosen === '' ? [] : [chosen], cache, pull }),
      () => {
        goTo('project');
        onClose();
      },
    );
  return (
    <Dialog
      kind="modal"
      testId="rebuild-dialog"
      title={en.rebuild.title}
      lead={en.rebuild.lead}
      onClose={onClose}
      footer={
        <>
          <CopyCommand command={`berth services rebuild${chosen === '' ? '' : ` ${chosen}`}${cache ? ' --cache' : ''}${pull ? ' --pull' : ''}`} label={en.plan.command} />
          <span className="grow" />
          <Button onClick={onClose}>{en.actions.cancel}</Button>
          <Button look="primary" data-testid="rebuild-confirm" disabled={working} onClick={rebuild}>
            {working ? en.plan.working : en.rebuild.confirm}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox error={failure} />}
      <div className="form-grid">
        <span className="label">{en.schedules.service}</span>
        <Choice first label={en.schedules.service} value={chosen} options={['', ...services.map((one) => one.name)]} words={{ '': en.schedules.allServices }} onChange={setChosen} />
      </div>
      <div className="clean-ticks">
        <label className="tick">
          <input type="checkbox" checked={cache} onChange={(event) => setCache(event.target.checked)} />
          <span>
            {en.rebuild.cache}
            <span className="faint tick-more">{en.rebuild.cacheMore}</span>
          </span>
        </label>
        <label className="tick">
          <input type="checkbox" checked={pull} onChange={(event) => setPull(event.target.checked)} />
          <span>{en.rebuild.pull}</span>
        </label>
      </div>
    </Dialog>
  );
}

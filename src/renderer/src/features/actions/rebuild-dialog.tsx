import { useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { goTo } from '../../lib/store';
import { Choice } from '../../ui/choice';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { CopyCommand } from '../../ui/copy-command';
import type { ActionProps } from './action-dialog';
import './actions.css';

/** Builds images anew and recreates their services; data stays. */
export function RebuildDialog({ project, services, service, onClose }: ActionProps): ReactElement {
  const [chosen, setChosen] = useState(service ?? '');
  const [cache, setCache] = useState(false);
  const [pull, setPull] = useState(false);
  const done = (): void => {
    goTo('project');
    onClose();
  };
  return (
    <ConfirmDialog
      testId="rebuild-dialog"
      title={say.rebuild.title}
      lead={say.rebuild.lead}
      confirm={say.rebuild.confirm}
      working={say.plan.working}
      confirmTestId="rebuild-confirm"
      note={<CopyCommand command={`berth services rebuild${chosen === '' ? '' : ` ${chosen}`}${cache ? ' --cache' : ''}${pull ? ' --pull' : ''}`} label={say.plan.command} />}
      act={() => start('services.rebuild', { project: project.id, services: chosen === '' ? [] : [chosen], cache, pull })}
      onDone={done}
      onClose={onClose}
    >
      <div className="form-grid">
        <span className="label">{say.schedules.service}</span>
        <Choice first label={say.schedules.service} value={chosen} options={['', ...services.map((one) => one.name)]} words={{ '': say.schedules.allServices }} onChange={setChosen} />
      </div>
      <div className="clean-ticks">
        <label className="tick">
          <input type="checkbox" checked={cache} onChange={(event) => setCache(event.target.checked)} />
          <span>
            {say.rebuild.cache}
            <span className="faint tick-more">{say.rebuild.cacheMore}</span>
          </span>
        </label>
        <label className="tick">
          <input type="checkbox" checked={pull} onChange={(event) => setPull(event.target.checked)} />
          <span>{say.rebuild.pull}</span>
        </label>
      </div>
    </ConfirmDialog>
  );
}

import type { ReactElement } from 'react';
import { Play, RotateCw, Square } from 'lucide-react';
import { canStop } from '@shared/domain/projects/start-choice';
import type { Project, Service } from '../../lib/model';
import { servicesWords } from '../../locales/en/services';
import { Button } from '../../ui/button';
import { changeServices } from './service-acts';

/** What is done to several services at once. */
export function ChosenBar({ project, services, busy, onClear }: { readonly project: Project; readonly services: readonly Service[]; readonly busy: boolean; readonly onClear: () => void }): ReactElement {
  const there = services.filter((one) => one.containerIds.length > 0);
  const up = there.filter((one) => canStop([one])).map((one) => one.name);
  const down = there.filter((one) => !canStop([one])).map((one) => one.name);
  const act = (verb: 'start' | 'stop' | 'restart', names: readonly string[]): void => {
    changeServices(verb, project, names);
    onClear();
  };
  return (
    <div className="chosen-bar" role="toolbar" aria-label={servicesWords.chosen(services.length)} data-testid="chosen-bar">
      <strong>{servicesWords.chosen(services.length)}</strong>
      <Button size="small" icon={<Play size={12} />} disabled={busy || down.length === 0} onClick={() => act('start', down)} data-testid="chosen-start">
        {servicesWords.start}
      </Button>
      <Button size="small" icon={<Square size={12} />} disabled={busy || up.length === 0} onClick={() => act('stop', up)} data-testid="chosen-stop">
        {servicesWords.stop}
      </Button>
      <Button size="small" icon={<RotateCw size={13} />} disabled={busy || up.length === 0} onClick={() => act('restart', up)} data-testid="chosen-restart">
        {servicesWords.restart}
      </Button>
      <Button size="small" look="quiet" onClick={onClear}>
        {servicesWords.clear}
      </Button>
    </div>
  );
}

import { useCallback, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { call } from '../../lib/client';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import type { ConsistencyChoice } from './create-input';
import { CONSISTENCY_WORDS } from './snapshot-words';
import type { PanelProps } from './snapshots-panels';

const CHOICES: readonly ConsistencyChoice[] = ['auto', 'hook', 'stop', 'pause', 'live'];

/** How each volume is read, and what that comes to now. */
export function ConsistencyTable({ project, status, onStatus }: PanelProps): ReactElement {
  const chosen = status.settings.consistency;
  const turn = JSON.stringify(chosen);
  const plan = useAnswer(useCallback(() => call('snapshots.plan-create', { project: project.id }).then((found) => ({ found, turn })), [project.id, turn]));
  const volumes = plan.value?.found.parts.filter((part) => part.kind === 'volume') ?? null;
  const choose = (volume: string, choice: ConsistencyChoice): void => void attempt(async () => onStatus(await call('snapshots.consistency', { project: project.id, volume, choice })));
  return (
    <section className="snap-section snap-consistency">
      <h2>{words.settings.consistency}</h2>
      <p className="dim">{words.settings.consistencyText}</p>
      {plan.error !== null && <ErrorBox error={plan.error} actions={<Button size="small" onClick={plan.again}>{say.actions.retry}</Button>} />}
      {volumes === null && plan.error === null && <Skeleton rows={3} label={words.create.reading} />}
      {volumes?.length === 0 && <p className="dim">{words.settings.noVolumes}</p>}
      {volumes !== null && volumes.length > 0 && (
        <table className="grid-table" aria-label={words.settings.consistency} data-testid="consistency">
          <thead>
            <tr>
              <th>{words.settings.volume}</th>
              <th>{words.settings.services}</th>
              <th>{words.settings.now}</th>
              <th>{words.settings.choice}</th>
            </tr>
          </thead>
          <tbody>
            {volumes.map((volume) => (
              <tr key={volume.name} data-testid={`consistency-${volume.name}`}>
                <td>
                  <strong className="selectable">{volume.name}</strong>
                </td>
                <td className="dim">{volume.services.length === 0 ? words.numbers.none : volume.services.join(', ')}</td>
                <td title={volume.detail}>{CONSISTENCY_WORDS[volume.consistency]}</td>
                <td>
                  <Choice label={words.settings.choiceOf(volume.name)} value={chosen[volume.name] ?? 'auto'} options={CHOICES} words={words.settings.choices} testId={`choice-${volume.name}`} onChange={(choice) => choose(volume.name, choice)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

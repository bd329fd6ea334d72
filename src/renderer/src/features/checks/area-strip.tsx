import type { ReactElement } from 'react';
import type { AreaState } from '@shared/domain/findings/areas';
import { say } from '../../locales/say';
import { StateMark, type Mark } from '../../ui/state-mark';
import './area-strip.css';

const MARKS: { readonly [state in AreaState['state']]: Mark } = { pass: 'good', warning: 'warn', error: 'bad', unknown: 'none' };

/** Every area of the checks with how it stands; a click shows only its findings. */
export function AreaStrip({ areas, chosen, onChoose }: { readonly areas: readonly AreaState[]; readonly chosen: AreaState['area'] | null; readonly onChoose: (area: AreaState['area'] | null) => void }): ReactElement {
  return (
    <div className="areas" role="group" aria-label={say.conflicts.areas} data-testid="areas">
      {areas.map(({ area, title, state, findings }) => (
        <button key={area} type="button" className="area" data-testid={`area-${area}`} data-state={state} aria-pressed={chosen === area} title={say.conflicts.areaStates[state]} onClick={() => onChoose(chosen === area ? null : area)}>
          <StateMark mark={MARKS[state]} />
          {title}
          {findings > 0 && <strong aria-hidden="true">{findings}</strong>}
          <span className="hidden-text">: {say.conflicts.areaWords(say.conflicts.areaStates[state], findings)}</span>
        </button>
      ))}
    </div>
  );
}

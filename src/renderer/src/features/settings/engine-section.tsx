import { useCallback, useState, type ReactElement } from 'react';
import { RefreshCw } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { machineWords as words } from '../../locales/en/machine';
import { call } from '../../lib/client';
import type { Engine } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';

type Place = OutputOf<'engine.list'>['places'][number];

/** Where engines are, which one is used and why, and the way to another. */
export function EngineSection({ engine }: { readonly engine: Engine | null }): ReactElement {
  // Asked again when the connection is another one.
  const connection = `${engine?.state ?? ''} ${engine?.endpoint ?? ''}`;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- see above
  const asked = useAnswer(useCallback(() => call('engine.list', {}), [connection]));
  const [all, setAll] = useState(false);
  const { working, failure, run } = useAct();
  const list = asked.value;
  const use = (name: string): void => run(() => call('engine.use', { name }), asked.again);
  const shown = list?.places.filter((place) => all || place.used || place.state !== 'absent') ?? [];
  const hidden = (list?.places.length ?? 0) - shown.length;
  return (
    <div className="engines" data-testid="engines">
      <p className="setting-state selectable" aria-live="polite">
        <StateMark mark={engine?.state === 'connected' ? 'good' : engine?.state === 'unreachable' ? 'bad' : 'busy'} />
        <span className="grow">{working ? words.engine.using : (list?.reason ?? say.settings.states[engine?.state ?? 'connecting'])}</span>
        {engine?.state === 'connected' && (
          <span className="dim">
            {engine.version} (API {engine.apiVersion})
          </span>
        )}
      </p>
      {failure !== null && <ErrorBox error={failure} />}
      {asked.error !== null && list === null && <ErrorBox title={words.engine.failed} error={asked.error} actions={<Button size="small" onClick={asked.again}>{say.actions.retry}</Button>} />}
      {asked.error === null && list === null && <Skeleton rows={3} height={40} label={words.engine.looking} />}
      <ul>
        {shown.map((place) => (
          <PlaceRow key={place.name} place={place} working={working} onUse={() => use(place.name)} />
        ))}
      </ul>
      <div className="setting-actions">
        <Button size="small" icon={<RefreshCw size={13} />} onClick={asked.again}>
          {words.engine.again}
        </Button>
        {list !== null && list.chosen !== '' && (
          <Button size="small" title={words.engine.automaticHint} disabled={working} data-testid="engine-automatic" onClick={() => use('automatic')}>
            {words.engine.automatic}
          </Button>
        )}
        {hidden > 0 && (
          <Button size="small" look="quiet" onClick={() => setAll(true)}>
            {words.engine.showAbsent(hidden)}
          </Button>
        )}
      </div>
      <p className="faint setting-hint">{words.engine.lead}</p>
    </div>
  );
}

function PlaceRow({ place, working, onUse }: { readonly place: Place; readonly working: boolean; readonly onUse: () => void }): ReactElement {
  const { name, uri, used, usable, state, apiVersion, detail } = place;
  return (
    <li className="setting" data-testid={`engine-${name}`} data-used={used}>
      <StateMark mark={used ? 'good' : state === 'answers' ? 'off' : state === 'absent' ? 'none' : 'warn'} />
      <span className="grow engine-place">
        <span>
          <span className="engine-name">{name}</span> <span className="dim">{used ? words.engine.used : state === 'answers' ? words.engine.answers(apiVersion) : state === 'absent' ? words.engine.absent : detail}</span>
        </span>
        <span className="mono faint ellipsis selectable" title={uri}>
          {uri}
        </span>
      </span>
      {!used && usable && state === 'answers' && (
        <Button size="small" disabled={working} aria-label={words.engine.useOf(name)} onClick={onUse}>
          {words.engine.use}
        </Button>
      )}
    </li>
  );
}

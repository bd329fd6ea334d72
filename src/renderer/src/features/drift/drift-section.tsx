import { useCallback, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { call, start } from '../../lib/client';
import { duration } from '../../lib/format';
import type { Drift } from '../../lib/model';
import { setModel } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { StateMark, type Mark } from '../../ui/state-mark';
import { useNow } from '../../ui/time';
import './drift-section.css';

type Policies = OutputOf<'drift.policies'>;
type Policy = 'notify' | 'ask' | 'heal' | 'project';

const POLICIES = ['notify', 'ask', 'heal'] as const;
const MARKS: { readonly [state in Drift['state']]: Mark } = { open: 'warn', healing: 'busy', waiting: 'busy', 'gave-up': 'bad', blocked: 'off' };

/** Where what runs differs from what is wanted, field by field, and what to do about it: bring it back, or take it as wanted. */
export function DriftSection({ projectId, drifts, busy }: { readonly projectId: string; readonly drifts: readonly Drift[]; readonly busy: boolean }): ReactElement | null {
  const policies = useAnswer(useCallback(() => call('drift.policies', { project: projectId }), [projectId]));
  const [asked, setAsked] = useState<readonly string[]>([]);
  if (drifts.length === 0) return null;
  const services = [...new Set(drifts.map((drift) => drift.service))];

  const heal = (ids: readonly string[]): Promise<void> => {
    setAsked((before) => [...before, ...ids]);
    return attempt(() => start('drift.heal', { project: projectId, drifts: [...ids] })).finally(() => setAsked((before) => before.filter((id) => !ids.includes(id))));
  };
  const accept = (drift: Drift): Promise<void> =>
    attempt(async () => {
      const left = await call('drift.accept', { project: projectId, drift: drift.id });
      setModel((model) => ({ ...model, drifts: { ...model.drifts, [projectId]: left } }));
    });
  const choose = (policy: Policy, service?: string): Promise<void> =>
    attempt(async () => policies.set(await call('drift.policy', { project: projectId, policy, ...(service === undefined ? {} : { service }) })));
  const open = drifts.filter((drift) => drift.state === 'open' || drift.state === 'gave-up' || drift.state === 'waiting');

  return (
    <div className="drift" data-testid="drift">
      <header className="drift-head">
        <h2 id="drift-title" className="grow">
          {say.drift.title(drifts.length, services.length)}
        </h2>
        {policies.value !== null && <PolicyChoice label={say.drift.policy} policy={policies.value.project} onChoose={(policy) => void choose(policy)} />}
        {open.length > 1 && (
          <Button size="small" data-testid="heal-all" disabled={busy} onClick={() => void heal(open.map((drift) => drift.id))}>
            {say.drift.healAll}
          </Button>
        )}
      </header>
      <div className="drift-list scroll" tabIndex={0} role="region" aria-labelledby="drift-title">
        {services.map((service) => (
          <ServiceDrift key={service} service={service} drifts={drifts.filter((drift) => drift.service === service)} policies={policies.value} busy={busy} asked={asked} onHeal={heal} onAccept={accept} onChoose={choose} />
        ))}
      </div>
    </div>
  );
}

interface ServiceDriftProps {
  readonly service: string;
  readonly drifts: readonly Drift[];
  readonly policies: Policies | null;
  readonly busy: boolean;
  readonly asked: readonly string[];
  readonly onHeal: (ids: readonly string[]) => Promise<void>;
  readonly onAccept: (drift: Drift) => Promise<void>;
  readonly onChoose: (policy: Policy, service: string) => Promise<void>;
}

function ServiceDrift({ service, drifts, policies, busy, asked, onHeal, onAccept, onChoose }: ServiceDriftProps): ReactElement {
  return (
    <ul aria-label={say.drift.of(service)}>
      {drifts.map((drift, index) => (
        <li key={drift.id} className="drift-row" data-testid={`drift-${drift.id}`} data-state={drift.state}>
          <StateMark mark={MARKS[drift.state]} />
          <div className="grow">
            <p className="selectable drift-what">
              {say.drift.drifted(service)} <span className="drift-field">{drift.field}</span> <code>{drift.desired === '' ? say.drift.nothing : drift.desired}</code> <span aria-hidden="true">→</span>
              <span className="hidden-text">{say.drift.now}</span> <code>{drift.actual === '' ? say.drift.nothing : drift.actual}</code>
            </p>
            <p className="dim selectable">
              {drift.why} <DriftState drift={drift} />
            </p>
          </div>
          {index === 0 && policies !== null && <PolicyChoice label={say.drift.policyOf(service)} policy={policies.services[service] ?? 'project'} ofService onChoose={(policy) => void onChoose(policy, service)} />}
          <Button size="small" disabled={busy || drift.state === 'healing' || asked.includes(drift.id)} data-testid={`heal-${drift.id}`} onClick={() => void onHeal([drift.id])}>
            {say.drift.heal}
          </Button>
          <Button size="small" look="quiet" disabled={drift.state === 'healing'} title={say.drift.acceptHint} onClick={() => void onAccept(drift)}>
            {say.drift.accept}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function DriftState({ drift }: { readonly drift: Drift }): ReactElement | null {
  const now = useNow();
  if (drift.state === 'open') return null;
  if (drift.state === 'waiting' && drift.nextTryAt !== null) return <span>{say.drift.nextTry(duration(Math.max(0, Date.parse(drift.nextTryAt) - now)))}</span>;
  return <span>{say.drift.states[drift.state]}</span>;
}

function PolicyChoice({ label, policy, ofService = false, onChoose }: { readonly label: string; readonly policy: Policy; readonly ofService?: boolean; readonly onChoose: (policy: Policy) => void }): ReactElement {
  const options: readonly Policy[] = ofService ? ['project', ...POLICIES] : POLICIES;
  return (
    <select className="drift-policy" aria-label={label} title={label} value={policy} onChange={(event) => onChoose(options.find((option) => option === event.target.value) ?? policy)}>
      {options.map((option) => (
        <option key={option} value={option}>
          {say.drift.policies[option]}
        </option>
      ))}
    </select>
  );
}

import { useState, type ReactElement } from 'react';
import { Info, OctagonAlert, TriangleAlert, X } from 'lucide-react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { stands, type Alert } from '../../lib/model';
import { setModel } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { Button, IconButton } from '../../ui/button';
import { Ago } from '../../ui/time';
import './alert-strip.css';

const ICONS = { error: OctagonAlert, warning: TriangleAlert, info: Info };
const RANK = { error: 0, warning: 1, info: 2 };
const FEW = 2;

/** What needs a look, worst first: what, what to do, and a way to put it away. */
export function AlertStrip({ alerts }: { readonly alerts: readonly Alert[] }): ReactElement | null {
  const [all, setAll] = useState(false);
  if (alerts.length === 0) return null;
  const sorted = [...alerts].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const shown = all ? sorted : sorted.slice(0, FEW);
  const rest = sorted.length - shown.length;
  return (
    <section className="alerts scroll" aria-label={say.alerts.label} data-testid="alerts">
      <ul>
        {shown.map((alert) => (
          <Row key={alert.id} alert={alert} />
        ))}
      </ul>
      {rest > 0 && (
        <Button size="small" look="quiet" className="alerts-more" onClick={() => setAll(true)}>
          {say.alerts.more(rest)}
        </Button>
      )}
    </section>
  );
}

function Row({ alert }: { readonly alert: Alert }): ReactElement {
  const Icon = ICONS[alert.severity];
  const dismiss = (): Promise<void> =>
    attempt(async () => {
      const alerts = await call('alerts.dismiss', { id: alert.id });
      setModel((model) => ({ ...model, alerts: alerts.filter(stands) }));
    });
  return (
    <li className="alert" data-severity={alert.severity} data-testid={`alert-${alert.id}`}>
      <Icon size={15} aria-hidden="true" />
      <p className="grow selectable">
        <span className="hidden-text">{say.findings.severities[alert.severity]}: </span>
        <span className="alert-message">{alert.message}</span> <span className="dim">{alert.hint}</span>
      </p>
      <span className="alert-when">
        {alert.count > 1 && `${say.alerts.times(alert.count)} · `}
        <Ago at={alert.raisedAt} />
      </span>
      <IconButton label={say.alerts.dismiss(alert.message)} title={say.actions.dismiss} onClick={() => void dismiss()}>
        <X size={14} />
      </IconButton>
    </li>
  );
}

import type { ReactElement } from 'react';
import { serviceHue } from '@shared/domain/logs/service-hue';
import { logsWords as words } from '../../locales/en/logs';

/** The services of a merged log, each in its colour; none chosen means all. */
export function ServiceChips({ services, chosen, onChoose }: { readonly services: readonly string[]; readonly chosen: ReadonlySet<string>; readonly onChoose: (chosen: ReadonlySet<string>) => void }): ReactElement {
  const toggle = (service: string): void => {
    const next = new Set(chosen);
    if (!next.delete(service)) next.add(service);
    // All of them chosen one by one is the same as all.
    onChoose(next.size === services.length ? new Set() : next);
  };
  return (
    <div className="log-chips" role="group" aria-label={words.services}>
      <button type="button" className="log-chip" aria-pressed={chosen.size === 0} data-testid="log-chip-all" onClick={() => onChoose(new Set())}>
        {words.all}
      </button>
      {services.map((service) => (
        <button key={service} type="button" className={`log-chip log-hue-${String(serviceHue(service, services))}`} aria-pressed={chosen.has(service)} data-testid={`log-chip-${service}`} onClick={() => toggle(service)}>
          <span className="log-dot" aria-hidden="true" />
          <span className="log-chip-name">{service}</span>
        </button>
      ))}
    </div>
  );
}

import type { ReactElement } from 'react';
import { storageWords as words } from '../../locales/en/storage';
import { shareBars, type ShareBar } from './conflict-view';
import { mebi, millis, type StorageConflicts } from './storage-answer';

/** What storage asks for, container by container, now and once optimised. */
export function ShareBars({ shares }: { readonly shares: StorageConflicts['shares'] }): ReactElement | null {
  const memory = shareBars(shares, 'memoryBytes');
  if (memory.length === 0) return null;
  return (
    <section className="storage-section" data-testid="share-bars">
      <h2>{words.conflicts.resources}</h2>
      <Bars title={words.conflicts.memory} bars={memory} amount={mebi} />
      <Bars title={words.conflicts.cpu} bars={shareBars(shares, 'cpuMillis')} amount={millis} />
    </section>
  );
}

function Bars({ title, bars, amount }: { readonly title: string; readonly bars: readonly ShareBar[]; readonly amount: (value: number) => string }): ReactElement {
  const largest = Math.max(1, ...bars.map((bar) => bar.total));
  return (
    <div className="share-bars">
      <h3>{title}</h3>
      {bars.map((bar) => {
        const when = words.conflicts[bar.when];
        const parts = bar.parts.map((part) => words.conflicts.part(part.name, amount(part.value)));
        return (
          <div key={bar.when} className="share-bar" data-testid={`bar-${bar.when}`}>
            <span className="dim">{when}</span>
            <div className="share-track" role="img" aria-label={words.conflicts.bar(title, when, parts.join(', '))}>
              {bar.parts.map((part, index) => (
                <span key={part.name} data-role={part.role} data-odd={index % 2 === 1} style={{ width: `${String((part.value / largest) * 100)}%` }} title={parts[index]}>
                  <span className="ellipsis">{parts[index]}</span>
                </span>
              ))}
            </div>
            <strong className="share-total">{amount(bar.total)}</strong>
          </div>
        );
      })}
    </div>
  );
}

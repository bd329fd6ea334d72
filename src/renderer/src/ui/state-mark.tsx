import type { ReactElement } from 'react';
import './state-mark.css';

/** The five states that have a colour, each with a shape of its own, so that nothing is said by colour alone. */
export type Mark = 'good' | 'warn' | 'bad' | 'busy' | 'off' | 'none';

const SHAPES: { readonly [mark in Mark]: ReactElement } = {
  good: <circle cx="6" cy="6" r="4" fill="currentColor" />,
  warn: <path d="M6 1.6 11 10.4H1Z" fill="currentColor" strokeLinejoin="round" />,
  bad: <rect x="1.8" y="1.8" width="8.4" height="8.4" rx="1.6" transform="rotate(45 6 6)" fill="currentColor" />,
  busy: <path d="M6 1.7A4.3 4.3 0 1 1 1.7 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  off: <circle cx="6" cy="6" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  none: <circle cx="6" cy="6" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="1.6 1.9" />,
};

/** A state's shape. Always stands beside a word, so it is hidden from screen readers. */
export function StateMark({ mark }: { readonly mark: Mark }): ReactElement {
  return (
    <svg className={`state-mark state-mark-${mark}`} width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[mark]}
    </svg>
  );
}

/** The shape of a service's state and health together. */
export function serviceMark(state: string, health: string): Mark {
  if (state === 'failed' || health === 'unhealthy') return 'bad';
  if (state === 'starting' || state === 'restarting' || health === 'starting') return 'busy';
  if (state === 'partial' || state === 'paused') return 'warn';
  if (state === 'running' || state === 'done') return 'good';
  return state === 'absent' ? 'none' : 'off';
}

/** The shape of a project's health, as the header shows it. */
export function healthMark(health: string): Mark {
  return ({ healthy: 'good', starting: 'busy', degraded: 'warn', failed: 'bad', stopped: 'off', empty: 'none' } as { readonly [health: string]: Mark })[health] ?? 'none';
}

/** The shape of an operation's state. */
export function operationMark(state: string): Mark {
  if (state === 'succeeded') return 'good';
  if (state === 'queued' || state === 'cancelled') return 'off';
  if (state === 'running') return 'busy';
  if (state === 'rolling-back' || state === 'interrupted') return 'warn';
  return 'bad';
}

import { useState, type KeyboardEvent, type ReactElement } from 'react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { ago } from '../../lib/ago';
import { StateMark, type Mark } from '../../ui/state-mark';
import { useNow } from '../../ui/time';
import { HEALTH_MARKS, snapshotName, type Snapshot } from './snapshots-answer';
import { timelineMarks, timelineTicks } from './timeline-marks';

/** As many as have room beside each other in the smallest window. */
const PLACES = 29;
/** The line stands still for this long, so that nothing moves beneath the pointer. */
const STEP_MS = 10_000;

/** When snapshots were made: the recent part is wider. Arrow keys move, Enter goes to the row. */
export function Timeline({ snapshots, onChoose }: { readonly snapshots: readonly Snapshot[]; readonly onChoose: (snapshot: Snapshot) => void }): ReactElement {
  const now = Math.ceil(useNow() / STEP_MS) * STEP_MS;
  const [at, setAt] = useState<number | null>(null);
  const marks = timelineMarks(snapshots, now, PLACES);
  const current = Math.min(at ?? marks.length - 1, marks.length - 1);

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(marks.length - 1, current + step));
    setAt(next);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  }

  return (
    <div className="snap-timeline" role="group" aria-label={words.timeline.label} data-testid="snapshots-timeline" onKeyDown={onKeyDown}>
      <div className="snap-line">
        {marks.map((mark, index) => {
          const newest = mark.snapshots[0];
          if (newest === undefined) return null;
          const text = mark.snapshots.length === 1 ? `${snapshotName(newest)}, ${agoText(newest, now)}` : words.timeline.marks(mark.snapshots.length, agoText(newest, now));
          return (
            <button key={mark.at} type="button" className="snap-mark" style={{ left: `${String(mark.at * 100)}%` }} tabIndex={index === current ? 0 : -1} aria-label={text} title={text} onFocus={() => setAt(index)} onClick={() => onChoose(newest)}>
              <StateMark mark={markOf(mark.snapshots)} />
              {mark.snapshots.length > 1 && <span aria-hidden="true">{mark.snapshots.length}</span>}
            </button>
          );
        })}
      </div>
      <div className="snap-ticks" aria-hidden="true">
        {timelineTicks(snapshots, now).map((tick) => (
          <span key={tick.name} style={{ left: `${String(tick.at * 100)}%` }}>
            {words.timeline.ticks[tick.name]}
          </span>
        ))}
        <span style={{ left: '100%' }}>{words.timeline.now}</span>
      </div>
    </div>
  );
}

function agoText(snapshot: Snapshot, now: number): string {
  return ago(Math.max(0, now - Date.parse(snapshot.createdAt)));
}

/** A place is good when one can go back to something good there; what is damaged is said first. */
function markOf(snapshots: readonly Snapshot[]): Mark {
  if (snapshots.some((one) => one.verified?.ok === false)) return 'bad';
  const healths = snapshots.map((one) => HEALTH_MARKS[one.health]);
  return (['good', 'warn', 'off'] as const).find((mark) => healths.includes(mark)) ?? 'off';
}

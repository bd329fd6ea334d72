import { useState, type ReactElement } from 'react';
import { ChevronRight, CircleEqual, CircleMinus, CirclePlay, CirclePlus, RefreshCw } from 'lucide-react';
import { say } from '../locales/say';
import type { ModePlan } from '../lib/model';
import './plan-changes.css';

const ICONS = { keep: CircleEqual, create: CirclePlus, recreate: RefreshCw, remove: CircleMinus, start: CirclePlay };

/** One line a service: what happens to it and why; opens to the fields that differ. */
export function PlanChanges({ changes }: { readonly changes: ModePlan['changes'] }): ReactElement {
  const order = { remove: 0, recreate: 1, create: 2, start: 3, keep: 4 };
  const sorted = [...changes].sort((a, b) => order[a.action] - order[b.action] || a.service.localeCompare(b.service) || a.number - b.number);
  const several = new Set(changes.filter((change) => change.number > 1).map((change) => change.service));
  return (
    <ul className="changes">
      {sorted.map((change) => (
        <Change key={`${change.service}-${change.number}`} change={change} several={several.has(change.service)} />
      ))}
    </ul>
  );
}

/** What happens to a service and why, in a few words. */
export function changeText(change: ModePlan['changes'][number]): string {
  if (change.action === 'keep') return say.plan.unchanged;
  return change.reasons.length > 0 ? `${say.plan.actions[change.action]}: ${shortReasons(change)}` : say.plan.actions[change.action];
}

/** What changes, without its details where the row opens to them: "2 mounts change: -./src…" is "2 mounts change". */
function shortReasons(change: ModePlan['changes'][number]): string {
  return change.reasons.map((reason) => (change.differences.length > 0 ? (reason.split(': ', 1)[0] ?? reason) : reason)).join(', ');
}

function Change({ change, several }: { readonly change: ModePlan['changes'][number]; readonly several: boolean }): ReactElement {
  const [open, setOpen] = useState(false);
  const Icon = ICONS[change.action];
  const expandable = change.differences.length > 0;
  const line = (
    <>
      <ChevronRight size={14} className="change-chevron" aria-hidden="true" style={{ visibility: expandable ? 'visible' : 'hidden' }} />
      <Icon size={14} aria-hidden="true" className="change-icon" />
      <strong className="ellipsis">{several ? `${change.service} ${change.number}` : change.service}</strong>
      <span className="change-reason" title={change.reasons.join('\n')}>
        {changeText(change)}
      </span>
      {change.kind !== undefined && <span className="change-note" data-testid="change-kind" data-kind={change.kind}>{say.changes.kinds[change.kind]}</span>}
      {change.build !== 'none' && <span className="change-note">{change.build === 'build' ? say.plan.build : say.plan.pull}</span>}
    </>
  );
  return (
    <li className={`change change-${change.action}`} data-testid={`change-${change.service}`} data-action={change.action}>
      {expandable ? (
        <button type="button" className="change-line" aria-expanded={open} onClick={() => setOpen(!open)}>
          {line}
        </button>
      ) : (
        <div className="change-line">{line}</div>
      )}
      {open && (
        <table className="differences selectable">
          <thead className="hidden-text">
            <tr>
              <th>{say.plan.services}</th>
              <th>{say.plan.before}</th>
              <th>{say.plan.after}</th>
            </tr>
          </thead>
          <tbody>
            {change.differences.map((difference, index) => (
              <tr key={`${difference.field}-${index}`}>
                <th scope="row">{difference.field}</th>
                <td>
                  {difference.from !== '' && <del>{difference.from}</del>}
                  {difference.to !== '' && <ins>{difference.to}</ins>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </li>
  );
}

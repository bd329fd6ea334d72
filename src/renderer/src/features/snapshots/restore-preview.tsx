import type { ReactElement } from 'react';
import { Info, OctagonAlert, TriangleAlert } from 'lucide-react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { mebibytes } from '../../lib/format';
import { DiffView } from '../../ui/diff-view';
import { orderedSteps, type RestorePlan, type RestoreStep } from './restore-scope';
import '../../ui/finding-item.css';
import { partWords } from './snapshot-words';

const ICONS = { error: OctagonAlert, warning: TriangleAlert, info: Info };

/** The plan of a restore: what is in the way, every part with what happens to it, and the lines of files that change. */
export function RestorePreview({ plan }: { readonly plan: RestorePlan }): ReactElement {
  return (
    <>
      {plan.findings.length > 0 && (
        <ul className="snap-findings" aria-label={words.restore.findings} data-testid="restore-findings">
          {plan.findings.map((finding, index) => {
            const Icon = ICONS[finding.severity];
            return (
              <li key={`${finding.code} ${String(index)}`} className={`finding finding-${finding.severity}`} data-severity={finding.severity}>
                <Icon size={16} aria-hidden="true" />
                <div className="grow selectable">
                  <p className="finding-message">
                    <span className="hidden-text">{words.restore.severities[finding.severity]}: </span>
                    {finding.message}
                  </p>
                  <p className="dim">{finding.hint}</p>
                </div>
              </li>
            );
          })}
        </ul>
      )}
      <section className="snap-section">
        <h2>{words.restore.steps}</h2>
        <p className="dim snap-into selectable">
          {words.restore.into} {plan.target.name}
          {plan.target.mode !== null && `, ${words.restore.modeOf(plan.target.mode)}`}, <code>{plan.target.dir}</code>
        </p>
        <Steps steps={orderedSteps(plan.steps)} />
      </section>
      {plan.diff !== '' && (
        <section className="snap-section">
          <h2>{words.restore.diff}</h2>
          <DiffView diff={plan.diff} label={words.restore.diff} />
        </section>
      )}
    </>
  );
}

function Steps({ steps }: { readonly steps: readonly RestoreStep[] }): ReactElement {
  return (
    <table className="grid-table snap-parts" aria-label={words.restore.steps} data-testid="restore-steps">
      <thead>
        <tr>
          <th>{words.restore.step}</th>
          <th className="snap-action">{words.restore.action}</th>
          <th>{words.restore.detail}</th>
          <th className="number">{words.restore.size}</th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <tr key={`${step.kind} ${step.name}`} data-action={step.action} data-testid={`step-${step.name}`}>
            <td className="snap-part">
              <span className="ellipsis" title={partWords(step)}>
                {partWords(step)}
              </span>
            </td>
            <td>{words.restore.actions[step.action]}</td>
            <td className="snap-why-not">{step.detail}</td>
            <td className="number">{step.sizeBytes === 0 ? words.numbers.none : mebibytes(step.sizeBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

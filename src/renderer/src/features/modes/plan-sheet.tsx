import { useState, type ReactElement } from 'react';
import { Database, ShieldQuestion } from 'lucide-react';
import { say } from '../../locales/say';
import { capitalised } from '../../lib/format';
import type { ModePlan, Project } from '../../lib/model';
import { setUi, type PlanSheetState } from '../../lib/store';
import { confirmPlan, showPlan } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { CopyCommand } from '../../ui/copy-command';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FindingItem } from '../../ui/finding-item';
import { PlanChanges } from '../../ui/plan-changes';
import './plan-sheet.css';

/** The plan of a switch: what it does, what stands in the way, what it asks; and one primary button. */
export function PlanSheet({ sheet, project, busy, onFix }: { readonly sheet: PlanSheetState; readonly project: Project; readonly busy: boolean; readonly onFix: (fix: ModePlan['findings'][number]['fixes'][number], mode: string) => void }): ReactElement {
  const [working, setWorking] = useState(false);
  const { plan, error, mode } = sheet;
  const errors = plan?.findings.filter((finding) => finding.severity === 'error') ?? [];
  const close = (): void => setUi({ sheet: null });

  async function confirm(shown: ModePlan): Promise<void> {
    setWorking(true);
    await confirmPlan(shown);
    setWorking(false);
  }

  return (
    <Dialog
      kind="sheet"
      testId="plan-sheet"
      title={say.plan.title(project.name, mode)}
      lead={plan === null ? undefined : <span data-testid="plan-summary">{summaryOf(plan)}</span>}
      onClose={close}
      footer={
        <>
          <CopyCommand command={`berth modes switch ${mode}`} label={say.plan.command} />
          <span className="grow" />
          <Button onClick={close} data-testid="plan-cancel">
            {say.actions.cancel}
          </Button>
          <Button look="primary" data-testid="plan-confirm" disabled={plan === null || errors.length > 0 || working || busy} onClick={() => plan !== null && void confirm(plan)}>
            {working ? say.plan.working : errors.length > 0 ? say.plan.blocked(errors.length) : plan !== null && !plan.trusted ? say.plan.trustConfirm : say.plan.confirm(mode)}
          </Button>
        </>
      }
    >
      {error !== null && (
        <ErrorBox
          title={plan === null ? say.plan.failed : undefined}
          error={error}
          actions={
            <Button size="small" onClick={() => void showPlan(sheet.projectId, mode)}>
              {say.actions.retry}
            </Button>
          }
        />
      )}
      {plan === null && error === null && <Skeleton rows={6} label={say.plan.loading} />}
      {plan !== null && <PlanBody plan={plan} busy={busy || working} onFix={(fix) => onFix(fix, mode)} />}
    </Dialog>
  );
}

function PlanBody({ plan, busy, onFix }: { readonly plan: ModePlan; readonly busy: boolean; readonly onFix: (fix: ModePlan['findings'][number]['fixes'][number]) => void }): ReactElement {
  const stops = plan.findings.filter((finding) => finding.severity === 'error');
  const notes = plan.findings.filter((finding) => finding.severity !== 'error');
  return (
    <>
      {!plan.trusted && (
        <section className="trust" aria-labelledby="trust-title" data-testid="trust-question">
          <ShieldQuestion size={18} aria-hidden="true" />
          <div>
            <h2 id="trust-title">{say.plan.trustTitle}</h2>
            <p>{plan.trustQuestions.length > 0 ? say.plan.trustText : say.plan.trustPlain}</p>
            {plan.trustQuestions.length > 0 && (
              <ul>
                {plan.trustQuestions.map((question) => (
                  <li key={question} className="selectable">
                    {question}
                  </li>
                ))}
              </ul>
            )}
            <p className="dim">{say.plan.trustAfter}</p>
          </div>
        </section>
      )}
      {stops.length > 0 && <Findings title={say.plan.findings} findings={stops} busy={busy} onFix={onFix} />}
      <section className="plan-part">
        <h2>{say.plan.services}</h2>
        <PlanChanges changes={plan.changes} />
      </section>
      <section className="plan-part">
        <h2>{say.plan.data}</h2>
        <dl className="facts">
          <Names term={say.plan.volumesKept} names={plan.volumesKept} />
          <Names term={say.plan.volumesCreated} names={plan.volumesCreated} />
          <Names term={say.plan.networksCreated} names={plan.networksCreated} />
          <Names term={say.plan.networksRemoved} names={plan.networksRemoved} />
        </dl>
        {plan.volumesKept.length + plan.volumesCreated.length === 0 && <p className="dim">{say.plan.noVolumes}</p>}
      </section>
      {notes.length > 0 && <Findings title={say.plan.notes} findings={notes} busy={busy} onFix={onFix} />}
    </>
  );
}

function Findings({ title, findings, busy, onFix }: { readonly title: string; readonly findings: ModePlan['findings']; readonly busy: boolean; readonly onFix: (fix: ModePlan['findings'][number]['fixes'][number]) => void }): ReactElement {
  return (
    <section className="plan-part">
      <h2>{title}</h2>
      <ul>
        {findings.map((finding) => (
          <FindingItem key={finding.id} finding={finding} disabled={busy} onFix={onFix} />
        ))}
      </ul>
    </section>
  );
}

function Names({ term, names }: { readonly term: string; readonly names: readonly string[] }): ReactElement | null {
  if (names.length === 0) return null;
  return (
    <>
      <dt>{term}</dt>
      <dd className="names">
        {names.map((name) => (
          <span key={name} className="name">
            {term === say.plan.volumesKept && <Database size={12} aria-hidden="true" />}
            <code>{name}</code>
          </span>
        ))}
      </dd>
    </>
  );
}

/** The plan in one sentence: "3 services are recreated and 1 service stays untouched." */
export function summaryOf(plan: ModePlan): string {
  const number = (action: string): number => new Set(plan.changes.filter((change) => change.action === action).map((change) => change.service)).size;
  const parts = (['recreate', 'create', 'start', 'remove', 'keep'] as const).flatMap((action) => (number(action) > 0 ? [say.plan[action](number(action))] : []));
  if (plan.changes.every((change) => change.action === 'keep')) return say.plan.nothing;
  const sentence = say.plan.summary(parts);
  return plan.from === null ? sentence : `${capitalised(plan.from)} → ${plan.mode}. ${sentence}`;
}

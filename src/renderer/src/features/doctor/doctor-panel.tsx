import { useCallback, useState, type ReactElement } from 'react';
import { Check, Copy, RefreshCw } from 'lucide-react';
import { say } from '../../locales/say';
import { machineWords as words } from '../../locales/en/machine';
import { call } from '../../lib/client';
import type { DoctorReport } from '../../lib/model';
import { runOperation } from '../../lib/run-operation';
import { setModel } from '../../lib/store';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { CopyCommand, copyText } from '../../ui/copy-command';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { checkCounts, groupedChecks, reportText } from './doctor-report';
import './doctor-panel.css';

type Item = DoctorReport['checks'][number];

const MARKS = { ok: 'good', warn: 'warn', fail: 'bad' } as const;

async function runDoctor(): Promise<DoctorReport> {
  const doctor = await call('doctor.run', {});
  setModel((model) => ({ ...model, doctor }));
  return doctor;
}

/** What Berth needs on this machine, each with what is to be done about it. */
export function DoctorPanel({ report }: { readonly report: DoctorReport | null }): ReactElement {
  const asked = useAnswer(runDoctor);
  const { working, failure, run } = useAct();
  const [mending, setMending] = useState<Item | null>(null);
  const again = (): void => run(runDoctor, () => undefined);
  return (
    <>
      <PageHead {...answerOf(report)} detail={words.doctor.lead}>
        {report !== null && <CopyReport report={report} />}
        <Button icon={<RefreshCw size={13} />} disabled={working} data-testid="doctor-again" onClick={again}>
          {words.doctor.again}
        </Button>
      </PageHead>
      <div className="page-content scroll doctor" tabIndex={0} role="region" aria-label={words.tabs.machine} aria-busy={working} data-testid="doctor">
        {report === null && asked.error === null && <Skeleton rows={8} label={words.doctor.running} />}
        {(failure ?? (report === null ? asked.error : null)) !== null && <ErrorBox title={words.doctor.failed} error={failure ?? asked.error ?? { message: '' }} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />}
        {report !== null &&
          groupedChecks(report).map(({ group, checks }) => (
            <section key={group}>
              <h2>{words.doctor.groups[group]}</h2>
              <ul>
                {checks.map((check) => (
                  <CheckRow key={check.name} check={check} onMend={() => setMending(check)} />
                ))}
              </ul>
            </section>
          ))}
      </div>
      {mending !== null && <MendDialog check={mending} onDone={again} onClose={() => setMending(null)} />}
    </>
  );
}

function answerOf(report: DoctorReport | null): { readonly mark?: ReactElement; readonly sentence: string } {
  if (report === null) return { sentence: words.doctor.running };
  const { ok, warn, fail } = checkCounts(report);
  if (fail > 0) return { mark: <StateMark mark="bad" />, sentence: words.doctor.bad(fail) };
  if (warn > 0) return { mark: <StateMark mark="warn" />, sentence: words.doctor.noted(warn) };
  return { mark: <StateMark mark="good" />, sentence: words.doctor.good(ok) };
}

function nameOf(check: Item): string {
  return words.doctor.names[check.name] ?? check.name;
}

function CheckRow({ check, onMend }: { readonly check: Item; readonly onMend: () => void }): ReactElement {
  const name = nameOf(check);
  return (
    <li className="doctor-check" data-testid={`doctor-${check.name}`} data-level={check.level}>
      <StateMark mark={MARKS[check.level]} />
      <div className="grow">
        <p>
          <span className="doctor-name">{name}</span> <span className="faint">{words.doctor.levels[check.level]}</span>
        </p>
        <p className="dim selectable">{check.detail}</p>
        {check.fix !== undefined && check.change === undefined && <CopyCommand command={check.fix} label={words.doctor.command} />}
      </div>
      {check.change !== undefined && (
        <Button size="small" aria-label={words.doctor.fixOf(name)} onClick={onMend}>
          {words.doctor.fix}
        </Button>
      )}
    </li>
  );
}

/** Says what would be done, and does it. */
function MendDialog({ check, onDone, onClose }: { readonly check: Item; readonly onDone: () => void; readonly onClose: () => void }): ReactElement {
  const mend = useCallback(() => runOperation('doctor.fix', { name: check.name }), [check.name]);
  const done = (): void => {
    onDone();
    onClose();
  };
  return (
    <ConfirmDialog testId="doctor-mend" title={words.doctor.fixTitle(nameOf(check))} lead={check.detail} confirm={words.doctor.fixNow} working={words.doctor.fixing} confirmTestId="doctor-mend-confirm" confirmFirst act={mend} onDone={done} onClose={onClose}>
      <p>{check.change}</p>
      {check.fix !== undefined && (
        <div className="doctor-by-hand">
          <span className="faint">{words.doctor.fixCommand}</span>
          <CopyCommand command={check.fix} label={words.doctor.command} />
        </div>
      )}
    </ConfirmDialog>
  );
}

function CopyReport({ report }: { readonly report: DoctorReport }): ReactElement {
  const [copied, setCopied] = useState<DoctorReport | null>(null);
  const isCopied = copied === report;
  return (
    <Button icon={isCopied ? <Check size={13} /> : <Copy size={13} />} data-testid="doctor-copy" onClick={() => copyText(reportText(report)) && setCopied(report)}>
      {isCopied ? words.doctor.copied : words.doctor.copy}
    </Button>
  );
}

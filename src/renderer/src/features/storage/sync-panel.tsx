import { useCallback, useRef, type ReactElement } from 'react';
import { Play } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { call, start } from '../../lib/client';
import { duration, mebibytes } from '../../lib/format';
import { useStore } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark, type Mark } from '../../ui/state-mark';
import { Ago, useNow } from '../../ui/time';
import { NothingSetUp } from './setup-panel';
import { countdown, detailBeside, remoteWords, spanWords, type SyncJob } from './storage-answer';
import type { PanelProps } from './storage-panels';

type SyncRun = OutputOf<'storage.runs'>[number];

const MARKS: { readonly [state in SyncJob['state']]: Mark } = { idle: 'good', running: 'busy', waiting: 'warn', failed: 'bad', stopped: 'off' };
const RUN_MARKS: { readonly [state in SyncRun['state']]: Mark } = { running: 'busy', succeeded: 'good', failed: 'bad', cancelled: 'off' };
const HISTORY = 50;

/** Folders that are copied to buckets: when next, how it went last, and every run before. */
export function SyncPanel({ project, status, busy, onSetUp }: PanelProps & { readonly onSetUp: () => void }): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  const run = (job?: string): void => void attempt(() => start('storage.sync', { project: project.id, ...(job === undefined ? {} : { job }) }));
  return (
    <div className="page-content scroll storage-panel" tabIndex={0} role="region" aria-label={words.sync.list} data-testid="sync-panel">
      {status.jobs.length === 0 && <NothingSetUp title={words.setup.noJobs} text={words.setup.noJobsText} onSetUp={onSetUp} />}
      {status.jobs.length > 0 && (
        <>
          <ul ref={list} className="storage-list" aria-label={words.sync.list}>
            {status.jobs.map((job) => (
              <JobRow key={job.id} job={job} busy={busy} onRun={() => run(job.id)} />
            ))}
          </ul>
          <History projectId={project.id}>
            <Button size="small" icon={<Play size={13} />} disabled={busy || status.jobs.every((job) => job.state === 'stopped')} data-testid="sync-now" onClick={() => run()}>
              {words.sync.allNow}
            </Button>
          </History>
        </>
      )}
    </div>
  );
}

function JobRow({ job, busy, onRun }: { readonly job: SyncJob; readonly busy: boolean; readonly onRun: () => void }): ReactElement {
  const { lastRun } = job;
  return (
    <li className="storage-row" data-testid={`job-${job.source}`} data-state={job.state} data-row tabIndex={-1}>
      <StateMark mark={MARKS[job.state]} />
      <div className="grow">
        <p className="storage-row-title">
          <code className="selectable storage-strong">{job.source}</code>
          <span aria-hidden="true" className="faint">
            →
          </span>
          <code className="selectable storage-strong">{remoteWords(job)}</code>
        </p>
        <p className="faint">
          {job.container} · {words.sync.every.toLowerCase()} {spanWords(job.everySeconds)} · {words.sync.semantics[job.semantics]}
        </p>
        <p className="selectable">
          <strong className="storage-state">{words.sync.states[job.state]}</strong>
          {detailBeside(words.sync.states[job.state], job.detail) !== '' && <span className="dim"> {job.detail}</span>}
        </p>
      </div>
      <dl className="job-times">
        <dt>{words.sync.next}</dt>
        <dd data-testid={`next-${job.source}`}>{job.nextRunAt === null ? <span className="faint">{words.sync.off}</span> : <Countdown at={job.nextRunAt} />}</dd>
        <dt>{words.sync.last}</dt>
        <dd>{lastRun === null ? <span className="faint">{words.sync.never}</span> : <RunWords run={lastRun} />}</dd>
      </dl>
      <div className="storage-row-acts">
        <Button size="small" icon={<Play size={13} />} disabled={busy || job.state === 'running' || job.state === 'stopped'} aria-label={words.sync.runOf(job.source)} data-testid={`run-${job.source}`} onClick={onRun}>
          {words.sync.runNow}
        </Button>
      </div>
    </li>
  );
}

/** The seconds until a run, as they pass. */
function Countdown({ at }: { readonly at: string }): ReactElement {
  const left = Date.parse(at) - useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {left <= 0 ? words.sync.due : words.sync.in(countdown(left))}
    </time>
  );
}

function RunWords({ run }: { readonly run: SyncRun }): ReactElement {
  return (
    <span className="storage-marked" title={run.detail === '' ? undefined : run.detail}>
      <StateMark mark={RUN_MARKS[run.state]} />
      <span>
        {words.sync.runStates[run.state]} <Ago at={run.finishedAt ?? run.startedAt} />
        <span className="dim"> · {words.sync.moved(run.files, mebibytes(run.bytes))}</span>
        {run.errors > 0 && <span className="storage-red"> · {words.sync.errors(run.errors)}</span>}
      </span>
    </span>
  );
}

function History({ projectId, children }: { readonly projectId: string; readonly children: ReactElement }): ReactElement {
  const revision = useStore((state) => state.model.revisions[projectId] ?? 0);
  // Read again when an operation ended: a run is one.
  const runs = useAnswer(useCallback(() => call('storage.runs', { project: projectId, limit: HISTORY }).then((list) => ({ list, revision })), [projectId, revision]));
  const list = runs.value?.list ?? null;
  return (
    <section className="storage-section">
      <header>
        <h2 className="grow">{words.sync.history}</h2>
        {children}
      </header>
      {runs.error !== null && <ErrorBox error={runs.error} actions={<Button size="small" onClick={runs.again}>{say.actions.retry}</Button>} />}
      {list === null && runs.error === null && <Skeleton rows={4} label={say.boot.loading} />}
      {list?.length === 0 && <p className="dim">{words.sync.historyEmpty}</p>}
      {list !== null && list.length > 0 && (
        <table className="grid-table" data-testid="sync-history" aria-label={words.sync.history}>
          <thead>
            <tr>
              <th className="runs-job">{words.sync.job}</th>
              <th className="runs-when">{words.sync.when}</th>
              <th className="number">{words.sync.took}</th>
              <th className="runs-copied">{words.sync.copied}</th>
              <th>{words.sync.result}</th>
            </tr>
          </thead>
          <tbody>
            {list.map((run) => (
              <tr key={`${run.operationId} ${run.job}`} data-state={run.state}>
                <td className="mono runs-job">{run.job}</td>
                <td className="runs-when">
                  <Ago at={run.startedAt} />
                </td>
                <td className="number">{run.finishedAt === null ? '–' : duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}</td>
                <td className="runs-copied">{words.sync.moved(run.files, mebibytes(run.bytes))}</td>
                <td className="selectable">
                  <span className="marked">
                    <StateMark mark={RUN_MARKS[run.state]} />
                    <span>
                      {words.sync.runStates[run.state]}
                      {run.detail !== '' && <span className="dim">: {run.detail}</span>}
                      {run.drifted.length > 0 && (
                        <span className="storage-amber" title={run.drifted.join('\n')}>
                          {' '}
                          {words.sync.drifted(run.drifted.length)}
                        </span>
                      )}
                    </span>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

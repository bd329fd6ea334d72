import { useCallback, useRef, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call } from '../../lib/client';
import { mebibytes, thousands } from '../../lib/format';
import { runOperation } from '../../lib/run-operation';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { conflictCount } from './workspaces-answer';
import type { PanelProps } from './workspaces-panels';

type Conflict = OutputOf<'workspaces.conflicts'>[number];
type Keep = 'local' | 'remote' | 'both';

const KEEPS: readonly Keep[] = ['local', 'remote', 'both'];

/** Keys that both sides changed, with what lies on each side, and the three ways out. */
export function ConflictsPanel({ project, status, busy }: PanelProps): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const [asked, setAsked] = useState<{ readonly conflict: Conflict; readonly keep: Keep } | null>(null);
  useRowKeys(list);
  const turn = conflictCount(status.workspaces);
  const conflicts = useAnswer(useCallback(() => call('workspaces.conflicts', { project: project.id }).then((found) => ({ found, turn })), [project.id, turn]));
  const found = conflicts.value?.found ?? null;
  return (
    <div className="page-content scroll ws-panel" tabIndex={0} role="region" aria-label={words.conflicts.list} data-testid="workspace-conflicts">
      {conflicts.error !== null && <ErrorBox error={conflicts.error} actions={<Button size="small" onClick={conflicts.again}>{say.actions.retry}</Button>} />}
      {found === null && conflicts.error === null && <Skeleton rows={4} height={64} label={words.conflicts.reading} />}
      {found?.length === 0 && (
        <EmptyState title={words.conflicts.none} testId="conflicts-none">
          {words.conflicts.noneText}
        </EmptyState>
      )}
      {found !== null && found.length > 0 && (
        <ul ref={list} aria-label={words.conflicts.list}>
          {found.map((conflict) => (
            <li key={conflict.key} className="ws-conflict" data-row tabIndex={-1} data-testid={`conflict-${conflict.key}`}>
              <StateMark mark="warn" />
              <div className="grow">
                <p>
                  <code className="ws-strong selectable ws-break">{conflict.key}</code>{' '}
                  <span className="faint">
                    {words.conflicts.found} <Ago at={conflict.foundAt} />
                  </span>
                </p>
                <p className="dim selectable">{conflict.message}</p>
                <dl className="ws-sides">
                  <dt>{words.conflicts.here}</dt>
                  <dd>{conflict.local === null ? words.conflicts.gone : <Size bytes={conflict.local.sizeBytes} />}</dd>
                  <dt>{words.conflicts.there}</dt>
                  <dd>{conflict.remote === null ? words.conflicts.gone : <Size bytes={conflict.remote.sizeBytes} />}</dd>
                </dl>
              </div>
              <div className="ws-keeps">
                {KEEPS.filter((keep) => keep !== 'both' || (conflict.local !== null && conflict.remote !== null)).map((keep) => (
                  <Button key={keep} size="small" disabled={busy} data-testid={`keep-${keep}-${conflict.key}`} onClick={() => setAsked({ conflict, keep })}>
                    {keepWords(conflict).button[keep]}
                  </Button>
                ))}
              </div>
            </li>
          ))}
        </ul>
      )}
      {asked !== null && <SettleDialog projectId={project.id} conflict={asked.conflict} keep={asked.keep} onDone={conflicts.again} onClose={() => setAsked(null)} />}
    </div>
  );
}

/** The exact size: two versions of a file may differ by a few bytes. */
function Size({ bytes }: { readonly bytes: number }): ReactElement {
  return (
    <>
      {words.conflicts.bytes(thousands(bytes))}
      {bytes >= 1_048_576 && <span className="faint"> {mebibytes(bytes)}</span>}
    </>
  );
}

/** What a choice is called: where one side was removed, keeping that side removes the other. */
function keepWords(conflict: Conflict): { readonly button: Readonly<Record<Keep, string>>; readonly ask: Readonly<Record<Keep, string>> } {
  const { keep, keepGone, keepRemoved, ask, askGone, askRemoved } = words.conflicts;
  if (conflict.remote === null) return { button: keepGone, ask: askGone };
  return conflict.local === null ? { button: keepRemoved, ask: askRemoved } : { button: keep, ask };
}

/** What is overwritten by the choice, before it is. */
function SettleDialog({ projectId, conflict, keep, onDone, onClose }: { readonly projectId: string; readonly conflict: Conflict; readonly keep: Keep; readonly onDone: () => void; readonly onClose: () => void }): ReactElement {
  const said = keepWords(conflict);
  return (
    <ConfirmDialog
      testId="settle-dialog"
      title={words.conflicts.settle(conflict.key)}
      confirm={said.button[keep]}
      working={words.conflicts.settling}
      confirmTestId="settle-confirm"
      confirmFirst
      act={() => runOperation('workspaces.resolve', { project: projectId, key: conflict.key, keep })}
      onDone={() => {
        onDone();
        onClose();
      }}
      onClose={onClose}
    >
      <p>{said.ask[keep]}</p>
    </ConfirmDialog>
  );
}

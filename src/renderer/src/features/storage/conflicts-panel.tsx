import { useRef, useState, type ReactElement } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import type { Project } from '../../lib/model';
import { showInEditor } from '../../lib/show-in-editor';
import { setUi } from '../../lib/store';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FindingItem } from '../../ui/finding-item';
import { StateMark } from '../../ui/state-mark';
import { AccessTable } from './access-table';
import { conflictGroups, isStrategy, mendedBy, overlapWords, waysOut, type StrategyName } from './conflict-view';
import { ShareBars } from './share-bars';
import { collisions, type StorageConflicts } from './storage-answer';
import { StrategyDialog } from './strategy-dialog';

interface ConflictsPanelProps {
  readonly project: Project;
  readonly conflicts: StorageConflicts | null;
  readonly error: AppError | null;
  readonly busy: boolean;
  readonly onAgain: () => void;
}

/** Who uses which bucket, where that goes wrong, and the ways out with what they change. */
export function ConflictsPanel({ project, conflicts, error, busy, onAgain }: ConflictsPanelProps): ReactElement {
  const [strategy, setStrategy] = useState<StrategyName | null>(null);
  return (
    <div className="page-content scroll storage-panel" tabIndex={0} role="region" aria-label={words.conflicts.list} data-testid="storage-conflicts-panel">
      {error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={onAgain}>{say.actions.retry}</Button>} />}
      {conflicts === null && error === null && <Skeleton rows={5} height={48} label={words.conflicts.loading} />}
      {conflicts !== null && (
        <>
          <Overlap conflicts={conflicts} />
          <Findings project={project} findings={conflicts.findings} busy={busy} onStrategy={setStrategy} />
          {conflicts.findings.length > 0 && <Strategies findings={conflicts.findings} busy={busy} onOpen={setStrategy} />}
          <ShareBars shares={conflicts.shares} />
          <AccessTable accesses={conflicts.accesses} dir={project.dir} />
        </>
      )}
      {strategy !== null && <StrategyDialog project={project} strategy={strategy} onClose={() => setStrategy(null)} />}
    </div>
  );
}

/** Green when mounts and sync jobs share nothing, as sets. */
function Overlap({ conflicts }: { readonly conflicts: StorageConflicts }): ReactElement | null {
  if (conflicts.mountBuckets.length === 0 && conflicts.syncBuckets.length === 0) return null;
  const clean = conflicts.overlap.length === 0;
  return (
    <p className="overlap selectable" data-testid="overlap" data-clean={clean} role="status">
      <StateMark mark={clean ? 'good' : 'bad'} />
      <span>{overlapWords(conflicts)}</span>
    </p>
  );
}

function Findings({ project, findings, busy, onStrategy }: { readonly project: Project; readonly findings: StorageConflicts['findings']; readonly busy: boolean; readonly onStrategy: (strategy: StrategyName) => void }): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list);
  return (
    <div ref={list} data-testid="storage-findings">
      {collisions(findings).length === 0 && (
        <section className="storage-section">
          <h2>{words.conflicts.clean}</h2>
          <p className="dim">{words.conflicts.cleanText}</p>
        </section>
      )}
      {conflictGroups(findings).map((group) => (
        <section key={group.code} className="storage-section" data-testid={`group-${group.code}`}>
          <h2>
            {group.title} <span className="faint">{group.findings.length}</span>
          </h2>
          <ul>
            {group.findings.map((finding) => (
              <FindingItem
                key={finding.id}
                finding={finding}
                {...(finding.rule === undefined ? {} : { area: words.conflicts.rule(finding.rule) })}
                disabled={busy}
                onFix={(fix) => isStrategy(fix.id) && onStrategy(fix.id)}
                onShow={(source) => setUi({ source })}
                onEdit={(where) => void showInEditor(project.id, where)}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Strategies({ findings, busy, onOpen }: { readonly findings: StorageConflicts['findings']; readonly busy: boolean; readonly onOpen: (strategy: StrategyName) => void }): ReactElement {
  return (
    <section className="storage-section" data-testid="strategies">
      <h2>{words.conflicts.strategies}</h2>
      <ul className="strategies">
        {waysOut(findings).map((strategy) => {
          const mended = mendedBy(strategy, findings);
          const { title, text } = words.conflicts.strategy[strategy];
          return (
            <li key={strategy}>
              <div className="grow">
                <p>
                  <strong>{title}</strong> <span className="faint">{words.conflicts.mends(mended)}</span>
                </p>
                <p className="dim">{text}</p>
              </div>
              <Button size="small" look={strategy === 'all' && mended > 0 ? 'primary' : 'normal'} disabled={busy} aria-label={words.conflicts.previewOf(title)} data-testid={`strategy-${strategy}`} onClick={() => onOpen(strategy)}>
                {words.conflicts.preview}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

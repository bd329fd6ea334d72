import { useRef, useState, type ReactElement } from 'react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { call } from '../../lib/client';
import { mebibytes } from '../../lib/format';
import { attempt } from '../../lib/switch-flow';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { StateMark } from '../../ui/state-mark';
import { Ago, Until } from '../../ui/time';
import { AddRepositoryDialog } from './add-repository-dialog';
import { DamagedNotice } from './damaged-list';
import { PruneDialog } from './prune-dialog';
import { REPOSITORY_MARKS, snapshotName } from './snapshots-answer';
import type { PanelProps } from './snapshots-panels';

/** Where snapshots are and what they take, what was deleted, and what restores put aside. */
export function SpacePanel(props: PanelProps): ReactElement {
  const { project, status, busy } = props;
  const panel = useRef<HTMLDivElement>(null);
  const [asked, setAsked] = useState<'prune' | 'add' | null>(null);
  useRowKeys(panel);
  return (
    <div ref={panel} className="page-content scroll snap-panel" tabIndex={0} role="region" aria-label={words.tabs.space} data-testid="space-panel">
      <DamagedNotice damaged={status.damaged} />
      <section className="snap-section">
        <header>
          <h2 className="grow">{words.space.repositories}</h2>
          <Button size="small" disabled={busy} data-testid="add-repository" onClick={() => setAsked('add')}>
            {words.space.add}
          </Button>
          <Button size="small" disabled={busy} data-testid="prune-open" onClick={() => setAsked('prune')}>
            {words.space.prune}
          </Button>
        </header>
        <Repositories {...props} />
      </section>
      <Deleted {...props} />
      <Replaced {...props} />
      {asked === 'prune' && <PruneDialog project={project} status={status} onClose={() => setAsked(null)} />}
      {asked === 'add' && <AddRepositoryDialog project={project} onClose={() => setAsked(null)} />}
    </div>
  );
}

function Repositories({ status }: PanelProps): ReactElement {
  return (
    <table className="grid-table snap-places" aria-label={words.space.repositories} data-testid="repositories">
      <thead>
        <tr>
          <th>{words.space.name}</th>
          <th>{words.space.place}</th>
          <th>{words.space.encrypted}</th>
          <th className="number">{words.space.snapshots}</th>
          <th className="number">{words.space.stored}</th>
          <th className="number">{words.space.frees}</th>
          <th>{words.space.state}</th>
        </tr>
      </thead>
      <tbody>
        {status.repositories.map((one) => (
          <tr key={one.name} data-row tabIndex={-1} data-testid={`repository-${one.name}`} data-state={one.state}>
            <td>
              <strong className="selectable">{one.name}</strong>
              {one.name === status.settings.repository && <span className="faint snap-under">{words.space.newOnes}</span>}
            </td>
            <td className="snap-place">
              <code className="ellipsis selectable" title={one.place}>
                {one.place}
              </code>
            </td>
            <td>
              {words.space.encryptions[one.encrypted]}
              {one.passphrase && <span className="faint snap-under">{words.space.passphrase}</span>}
            </td>
            <td className="number">{one.snapshots}</td>
            <td className="number">{mebibytes(one.storedBytes)}</td>
            <td className="number">{one.reclaimableBytes === null ? words.numbers.none : mebibytes(one.reclaimableBytes)}</td>
            <td>
              <span className="snap-verified" title={one.detail}>
                <StateMark mark={REPOSITORY_MARKS[one.state]} />
                {words.space.states[one.state]}
              </span>
              {one.state !== 'ready' && one.detail !== '' && <span className="faint snap-under selectable">{one.detail}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Deleted({ project, status, onStatus }: PanelProps): ReactElement {
  const bringBack = (id: string): void => void attempt(async () => onStatus(await call('snapshots.undelete', { project: project.id, id })));
  return (
    <section className="snap-section">
      <h2>{words.deleted.label}</h2>
      {status.deleted.length === 0 ? (
        <p className="dim">{words.deleted.none}</p>
      ) : (
        <table className="grid-table" aria-label={words.deleted.label} data-testid="deleted">
          <thead>
            <tr>
              <th>{words.deleted.name}</th>
              <th>{words.deleted.made}</th>
              <th>{words.deleted.gone}</th>
              <th>
                <span className="hidden-text">{words.table.acts}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {status.deleted.map((one) => {
              const name = snapshotName({ tag: one.tag, reason: 'manual' });
              return (
                <tr key={one.id} data-row tabIndex={-1} data-testid={`deleted-${one.id}`}>
                  <td>{one.tag ?? <code>{one.id}</code>}</td>
                  <td>
                    <Ago at={one.createdAt} />
                  </td>
                  <td>
                    <Until at={one.until} />
                  </td>
                  <td className="snap-end">
                    <Button size="small" aria-label={words.deleted.backOf(name)} data-testid={`undelete-${one.id}`} onClick={() => bringBack(one.id)}>
                      {words.deleted.back}
                    </Button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Replaced({ status }: PanelProps): ReactElement {
  return (
    <section className="snap-section">
      <h2>{words.space.replaced}</h2>
      <p className="dim">{status.replaced.length === 0 ? words.space.noReplaced : words.space.replacedText}</p>
      {status.replaced.length > 0 && (
        <table className="grid-table" aria-label={words.space.replaced} data-testid="replaced">
          <thead>
            <tr>
              <th>{words.space.of}</th>
              <th>{words.space.volume}</th>
              <th>{words.space.since}</th>
              <th>{words.space.goes}</th>
              <th className="number">{words.space.size}</th>
            </tr>
          </thead>
          <tbody>
            {status.replaced.map((one) => (
              <tr key={one.volume} data-row tabIndex={-1}>
                <td>
                  <strong className="selectable">{one.of}</strong>
                </td>
                <td className="snap-place">
                  <code className="ellipsis selectable" title={one.volume}>
                    {one.volume}
                  </code>
                </td>
                <td>
                  <Ago at={one.since} />
                </td>
                <td>
                  <Until at={one.until} />
                </td>
                <td className="number">{one.sizeBytes === null ? words.numbers.none : mebibytes(one.sizeBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

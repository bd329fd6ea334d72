import type { ReactElement, ReactNode } from 'react';
import { Pin } from 'lucide-react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { capitalised, mebibytes, thousands } from '../../lib/format';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { serviceMark, StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { CONSISTENCY_WORDS, partWords, reasonWords } from './snapshot-words';
import { HEALTH_MARKS, orderedParts, snapshotName, type Snapshot, type SnapshotPart } from './snapshots-answer';
import type { SnapshotAct } from './snapshots-panels';

/** Everything that is known of a snapshot, and everything that can be done with it. */
export function SnapshotSheet({ snapshot, can, onAct, onClose }: { readonly snapshot: Snapshot; readonly can: boolean; readonly onAct: (act: SnapshotAct, snapshot: Snapshot) => void; readonly onClose: () => void }): ReactElement {
  const act = (what: SnapshotAct) => (): void => onAct(what, snapshot);
  return (
    <Dialog
      kind="sheet"
      testId="snapshot-sheet"
      title={snapshotName(snapshot)}
      lead={
        <span className="snap-verified">
          <StateMark mark={HEALTH_MARKS[snapshot.health]} />
          {capitalised(words.table.healths[snapshot.health])}
          {snapshot.pinned && (
            <>
              <Pin size={12} aria-hidden="true" /> {words.table.pinned}
            </>
          )}
        </span>
      }
      onClose={onClose}
      footer={
        <>
          <Button data-testid="sheet-compare" onClick={act('compare')}>
            {words.sheet.compare}
          </Button>
          <Button data-testid="sheet-verify" onClick={act('verify')}>
            {words.sheet.verify}
          </Button>
          <Button data-testid="sheet-export" onClick={act('export')}>
            {words.sheet.export}
          </Button>
          <span className="grow" />
          <Button look="primary" disabled={!can} data-testid="sheet-restore" onClick={act('restore')}>
            {words.table.restore}
          </Button>
        </>
      }
    >
      <Facts snapshot={snapshot} />
      {snapshot.notes.length > 0 && (
        <Section title={words.sheet.notes}>
          <ul className="snap-lines selectable">
            {snapshot.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={words.sheet.parts}>
        <Parts snapshot={snapshot} />
      </Section>
      {snapshot.services.length > 0 && (
        <Section title={words.sheet.services}>
          <ul className="snap-services">
            {snapshot.services.map((service) => (
              <li key={service.name}>
                <StateMark mark={serviceMark(service.state, service.health)} />
                <span className="ellipsis">{service.name}</span>
                <span className="dim">{service.health === 'none' ? service.state : service.health}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Skipped snapshot={snapshot} />
    </Dialog>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <section className="snap-section">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Facts({ snapshot }: { readonly snapshot: Snapshot }): ReactElement {
  const { verified } = snapshot;
  return (
    <dl className="snap-facts">
      <dt>{words.sheet.made}</dt>
      <dd>
        <Ago at={snapshot.createdAt} /> <span className="faint">{new Date(snapshot.createdAt).toLocaleString()}</span>
      </dd>
      <dt>{words.sheet.reason}</dt>
      <dd>{reasonWords(snapshot.reason)}</dd>
      <dt>{words.sheet.mode}</dt>
      <dd>{snapshot.mode ?? words.table.noMode}</dd>
      <dt>{words.sheet.sizes}</dt>
      <dd>{words.sheet.sizesOf(mebibytes(snapshot.sizeBytes), mebibytes(snapshot.storedBytes))}</dd>
      <dt>{words.table.verified}</dt>
      <dd data-testid="sheet-verified">
        {verified === null ? (
          words.table.never
        ) : (
          <>
            {verified.ok ? words.table.verifiedOk : words.table.verifiedBad}, <Ago at={verified.at} />
          </>
        )}
      </dd>
      <dt>{words.sheet.where}</dt>
      <dd>{snapshot.repository}</dd>
      <dt>{words.sheet.id}</dt>
      <dd>
        <code className="snap-break">{snapshot.id}</code>
      </dd>
    </dl>
  );
}

function Parts({ snapshot }: { readonly snapshot: Snapshot }): ReactElement {
  return (
    <table className="grid-table snap-parts" aria-label={words.sheet.parts} data-testid="snapshot-parts">
      <thead>
        <tr>
          <th>{words.sheet.part}</th>
          <th className="number">{words.sheet.files}</th>
          <th className="number">{words.sheet.size}</th>
          <th>{words.sheet.read}</th>
        </tr>
      </thead>
      <tbody>
        {orderedParts(snapshot.parts).map((part) => (
          <tr key={`${part.kind} ${part.name}`}>
            <td className="snap-part">
              <span className="ellipsis selectable" title={partWords(part)}>
                {partWords(part)}
              </span>
              {part.secret && <span className="snap-tag">{words.sheet.secret}</span>}
            </td>
            <td className="number">{part.files === 0 ? words.numbers.none : thousands(part.files)}</td>
            <td className="number">{part.sizeBytes === 0 ? words.numbers.none : mebibytes(part.sizeBytes)}</td>
            <td className="dim">{isContent(part) ? CONSISTENCY_WORDS[part.consistency] : words.numbers.none}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Whether something can write to it while it is read. */
function isContent({ kind }: SnapshotPart): boolean {
  return kind === 'volume' || kind === 'bind' || kind === 'bucket';
}

function Skipped({ snapshot }: { readonly snapshot: Snapshot }): ReactElement | null {
  const skipped = snapshot.parts.flatMap((part) => part.skipped.map((one) => ({ ...one, of: partWords(part) })));
  if (skipped.length === 0) return null;
  return (
    <Section title={words.sheet.left}>
      <ul className="snap-lines selectable" data-testid="snapshot-skipped">
        {skipped.map((one, index) => (
          <li key={index}>
            <code className="snap-break">
              {one.of}/{one.path}
            </code>{' '}
            <span className="dim">{one.why}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

import { Fragment, useRef, useState, type ReactElement } from 'react';
import { ArrowRight, Boxes, ExternalLink, FolderTree, Footprints } from 'lucide-react';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { mebibytes, thousands } from '../../lib/format';
import { setUi } from '../../lib/store';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { CopyCommand } from '../../ui/copy-command';
import { EmptyState } from '../../ui/empty-state';
import { ExcludeDialog } from './exclude-dialog';
import { LogDialog } from './log-dialog';
import { SettingsDialog } from './settings-dialog';
import { TourPanel } from './tour-panel';
import { VariablesDialog } from './variables-dialog';
import { WorkspaceRow } from './workspace-row';
import { mountDiffers, placeTotal, savedWords, type Place, type WorkspacesStatus } from './workspaces-answer';
import type { PanelProps } from './workspaces-panels';

/** What was asked for a workspace and opens above the list. */
export type Asked = { readonly what: 'settings' | 'log' | 'exclude' | 'variables'; readonly name: string };

/** The three places as live columns, and every workspace in them with its container. */
export function WorkspaceList({ project, status, busy, onStatus, log }: PanelProps): ReactElement {
  const list = useRef<HTMLTableSectionElement>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [touring, setTouring] = useState(false);
  useRowKeys(list);
  const close = (): void => setAsked(null);
  const about = status.workspaces.find((one) => one.name === asked?.name);
  if (status.workspaces.length === 0) return <Nothing status={status} />;
  return (
    <div className="page-content scroll ws-panel" tabIndex={0} role="region" aria-label={words.table.label} data-testid="workspaces-panel">
      <Flow status={status} />
      <table className="grid-table ws-table" aria-label={words.table.label}>
        <thead>
          <tr>
            <th className="ws-name">{words.table.workspace}</th>
            <th className="number">{words.flow.local}</th>
            <th className="number">{words.flow.bucket}</th>
            <th className="number">{thirdPlace(status)}</th>
            <th className="number ws-saved">{words.table.saved}</th>
            <th className="ws-container">{words.table.container}</th>
            <th>
              <span className="hidden-text">{words.table.acts}</span>
            </th>
          </tr>
        </thead>
        <tbody ref={list}>
          {status.workspaces.map((workspace) => (
            <WorkspaceRow key={workspace.name} project={project} workspace={workspace} ready={project.trusted && status.endpoint !== null} busy={busy} onAsk={(what) => setAsked({ what, name: workspace.name })} onExcluded={() => setUi({ workspacesTab: 'excluded', filter: workspace.name })} onConflicts={() => setUi({ workspacesTab: 'conflicts' })} />
          ))}
        </tbody>
      </table>
      {status.gateway !== null && <GatewayLine gateway={status.gateway} />}
      {touring ? (
        <TourPanel project={project} status={status} busy={busy} onClose={() => setTouring(false)} />
      ) : (
        <p className="ws-gateway">
          <Button size="small" icon={<Footprints size={13} />} data-testid="tour-open" onClick={() => setTouring(true)}>
            {words.tour.open}
          </Button>
        </p>
      )}
      {asked?.what === 'variables' && about !== undefined && <VariablesDialog project={project} workspace={about} onClose={close} />}
      {asked?.what === 'settings' && about !== undefined && <SettingsDialog project={project} workspace={about} onStatus={onStatus} onClose={close} />}
      {asked?.what === 'log' && about !== undefined && <LogDialog name={about.name} onClose={close}>{log(about.name, about.runner?.containerId ?? '')}</LogDialog>}
      {asked?.what === 'exclude' && about !== undefined && <ExcludeDialog project={project} names={status.workspaces.map((one) => one.name)} name={about.name} patterns="" onClose={close} />}
    </div>
  );
}

/** What containers see: the mount, or the volume that takes its place. */
function thirdPlace(status: WorkspacesStatus): string {
  return status.volume === null ? words.flow.mount : words.flow.volume;
}

function GatewayLine({ gateway }: { readonly gateway: string }): ReactElement {
  return (
    <p className="ws-gateway dim">
      <span>{words.table.gateway}</span>
      <a href={`${gateway}/`} target="_blank" rel="noreferrer" title={words.table.openGateway} data-testid="open-gateway">
        {gateway}
      </a>
      <a href={`${gateway}/monitor`} target="_blank" rel="noreferrer" data-testid="open-monitor">
        {words.table.monitor} <ExternalLink size={12} aria-hidden="true" />
      </a>
    </p>
  );
}

const PLACES: readonly Place[] = ['local', 'bucket', 'mount'];

/** The way of the files: what is here, what was sent, what containers see. */
function Flow({ status }: { readonly status: WorkspacesStatus }): ReactElement {
  return (
    <ol className="ws-flow" aria-label={words.flow.label} data-testid="workspaces-flow">
      {PLACES.map((place) => (
        <Fragment key={place}>
          {place !== 'local' && <Arrow status={status} to={place} />}
          <PlaceColumn status={status} place={place} />
        </Fragment>
      ))}
    </ol>
  );
}

function Arrow({ status, to }: { readonly status: WorkspacesStatus; readonly to: 'bucket' | 'mount' }): ReactElement {
  const waiting = status.workspaces.reduce((sum, one) => sum + one.pending, 0);
  const says = to === 'mount' ? ((status.mountPoint !== null || status.volume !== null) && status.workspaces.some(mountDiffers) ? words.flow.differs : '') : waiting > 0 ? words.flow.waits(waiting) : status.workspaces.every((one) => one.state === 'synced') ? words.flow.inStep : '';
  return (
    <li className="ws-arrow" data-testid={`flow-to-${to}`}>
      <span>{to === 'bucket' ? words.flow.sync : status.volume === null ? words.flow.mounted : words.flow.filled}</span>
      <ArrowRight size={16} aria-hidden="true" />
      <span className="faint">{says}</span>
    </li>
  );
}

function PlaceColumn({ status, place }: { readonly status: WorkspacesStatus; readonly place: Place }): ReactElement {
  const total = placeTotal(status.workspaces, place);
  const where = place === 'local' ? status.root : place === 'bucket' ? `s3://${status.bucket}` : status.volume === null ? status.mountPoint : status.volume.name;
  return (
    <li className="ws-place" data-testid={`place-${place}`}>
      <h2>{place === 'mount' ? thirdPlace(status) : words.flow[place]}</h2>
      {where === null ? (
        <p className="faint">{status.volume === null ? words.flow.noMount : words.flow.volumeText}</p>
      ) : (
        <code className="selectable ws-where" title={where}>
          {where}
        </code>
      )}
      <p>
        {total === null ? (
          <span className="faint">{where === null && status.volume === null ? words.flow.noMountText : words.flow.unknown}</span>
        ) : (
          <>
            <strong>{words.table.files(thousands(total.files))}</strong> <span className="dim">{mebibytes(total.bytes)}</span>
          </>
        )}
      </p>
      {total !== null && <p className="faint ws-meta">{placeNote(status, place)}</p>}
      {place === 'mount' && status.volume !== null && (
        <p className={status.volume.inStep || status.volume.name === null ? 'faint ws-meta' : 'ws-meta ws-amber'} data-testid="volume-detail">
          {status.volume.detail}
        </p>
      )}
    </li>
  );
}

/** What else there is to say of a place. */
function placeNote({ totals }: WorkspacesStatus, place: Place): string {
  if (place === 'mount') return words.flow.readOnly;
  if (place === 'local') return words.flow.all(mebibytes(totals.wholeBytes));
  return totals.savingsPercent === null ? '' : words.flow.less(savedWords(totals.savingsPercent));
}

/** No folder, or nothing in it: what it is for, and how to begin. */
function Nothing({ status }: { readonly status: WorkspacesStatus }): ReactElement {
  const title = status.exists ? words.empty.none : words.empty.title;
  return (
    <EmptyState
      testId="workspaces-empty"
      icon={status.exists ? <FolderTree size={20} /> : <Boxes size={20} />}
      title={title}
      actions={<CopyCommand command={`mkdir -p '${`${status.root}/app`.replaceAll("'", "'\\''")}'`} label={words.empty.command} />}
    >
      <p className="selectable">{status.exists ? words.empty.noneText(status.root) : words.empty.text(status.root)}</p>
    </EmptyState>
  );
}


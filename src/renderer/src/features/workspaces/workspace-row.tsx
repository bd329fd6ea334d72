import { useRef, type KeyboardEvent, type ReactElement } from 'react';
import { Ellipsis, ExternalLink, FileText, RefreshCw } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { start } from '../../lib/client';
import { mebibytes, thousands } from '../../lib/format';
import type { Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { Button, IconButton } from '../../ui/button';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import type { Asked } from './workspace-list';
import { mountDiffers, RUNNER_MARKS, savedBy, STATE_MARKS, triggerWords, type Runner, type Workspace } from './workspaces-answer';
import '../../ui/menu.css';

interface RowProps {
  readonly project: Project;
  readonly workspace: Workspace;
  /** False while nothing can be sent: no trust, or no S3. */
  readonly ready: boolean;
  readonly busy: boolean;
  readonly onAsk: (what: Asked['what']) => void;
  readonly onExcluded: () => void;
  readonly onConflicts: () => void;
}

type Act = 'start' | 'stop' | 'restart' | 'sync' | 'verify';

/** One workspace: how it is synced, what lies where, and its container. Enter opens its settings, S syncs it, L shows its log. */
export function WorkspaceRow(props: RowProps): ReactElement {
  const { project, workspace, ready, busy, onAsk } = props;
  const row = useRef<HTMLTableRowElement>(null);
  const { name, runner } = workspace;
  const can = ready && !busy;
  const act = (what: Act): void => void attempt(() => (what === 'sync' || what === 'verify' ? start('workspaces.sync', { project: project.id, name, verify: what === 'verify' }) : start(`workspaces.${what}`, { project: project.id, name })));

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== row.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (event.key === 'Enter') onAsk('settings');
    else if (key === 's' && can) act('sync');
    else if (key === 'l' && runner !== null) onAsk('log');
    else return;
    event.preventDefault();
  }

  return (
    <tr ref={row} data-row tabIndex={-1} data-testid={`workspace-${name}`} data-state={workspace.state} onKeyDown={onKeyDown}>
      <td className="ws-name">
        <p className="ws-title">
          <StateMark mark={STATE_MARKS[workspace.state]} />
          <strong className="ellipsis selectable" title={workspace.dir}>
            {name}
          </strong>
          <span className="dim" title={workspace.detail}>
            {words.table.states[workspace.state]}
          </span>
        </p>
        <p className="faint ws-meta">
          {workspace.lastSyncedAt === null ? (
            words.table.neverSynced
          ) : (
            <>
              {words.table.synced} <Ago at={workspace.lastSyncedAt} />
            </>
          )}
          {` · ${triggerWords(workspace)}`}
        </p>
        <Counts {...props} />
      </td>
      <Amount amount={workspace.local} />
      <Amount amount={workspace.bucket} />
      <Amount amount={workspace.mount} differs={mountDiffers(workspace)} />
      <td className="number ws-saved">{savedBy(workspace)}</td>
      <td className="ws-container">
        <Container workspace={workspace} runner={runner} />
      </td>
      <td className="ws-acts">
        <span>
          <Button size="small" icon={<RefreshCw size={13} />} disabled={!can} aria-label={words.table.syncOf(name)} data-testid={`sync-${name}`} onClick={() => act('sync')}>
            {words.table.sync}
          </Button>
          {runner?.url != null && (
            <a className="icon-button ws-wide" href={runner.url} target="_blank" rel="noreferrer" aria-label={words.table.openOf(name)} title={words.table.openOf(name)} data-testid={`open-${name}`}>
              <ExternalLink size={14} />
            </a>
          )}
          {runner !== null && (
            <IconButton className="ws-wide" label={words.table.logsOf(name)} data-testid={`log-${name}`} onClick={() => onAsk('log')}>
              <FileText size={14} />
            </IconButton>
          )}
          <More {...props} can={can} onAct={act} />
        </span>
      </td>
    </tr>
  );
}

function Counts({ workspace, onExcluded, onConflicts }: RowProps): ReactElement | null {
  const { pending, excluded, conflicts } = workspace;
  if (pending + excluded + conflicts === 0) return null;
  return (
    <p className="ws-meta ws-counts">
      {pending > 0 && <span className="ws-amber">{words.table.pending(pending)}</span>}
      {conflicts > 0 && (
        <button type="button" className="ws-link ws-amber" onClick={onConflicts}>
          {words.table.conflicts(conflicts)}
        </button>
      )}
      {excluded > 0 && (
        <button type="button" className="ws-link" onClick={onExcluded}>
          {words.table.excluded(excluded)}
        </button>
      )}
    </p>
  );
}

function Amount({ amount, differs = false }: { readonly amount: Workspace['local']; readonly differs?: boolean }): ReactElement {
  if (amount === null) return <td className="number faint">–</td>;
  return (
    <td className="number" title={differs ? words.flow.differs : undefined}>
      <p className={differs ? 'ws-amber' : undefined}>
        {thousands(amount.files)}
        <span className="hidden-text"> {words.table.filesWord}</span>
      </p>
      <p className="faint ws-meta">{mebibytes(amount.bytes)}</p>
    </td>
  );
}

function Container({ workspace, runner }: { readonly workspace: Workspace; readonly runner: Runner | null }): ReactElement {
  if (runner === null) {
    return (
      <>
        <p className="faint">{words.table.noRunner}</p>
        <p className="faint ws-meta">{words.table.sources[workspace.reads]}</p>
      </>
    );
  }
  const troubled = runner.state === 'failed' || runner.state === 'waiting';
  return (
    <>
      <p className="ws-title" title={runner.detail === '' ? undefined : runner.detail}>
        <StateMark mark={RUNNER_MARKS[runner.state]} />
        <span data-testid={`runner-${workspace.name}`}>{words.table.runners[runner.state]}</span>
        {runner.state === 'running' && runner.port !== null && <span className="faint">:{runner.port}</span>}
      </p>
      {troubled && runner.detail !== '' ? <p className="ws-meta selectable">{runner.detail}</p> : runner.url !== null && <p className="ws-meta ellipsis selectable">{runner.url.replace(/^https?:\/\//, '')}</p>}
      <p className="faint ws-meta ellipsis" title={runner.readBytes > 0 ? words.table.readTitle : undefined}>
        {runner.command === '' ? '' : `${runner.command} · `}
        {words.table.sources[workspace.reads]}
        {runner.readBytes > 0 && ` · ${words.table.read(mebibytes(runner.readBytes))}`}
      </p>
    </>
  );
}

/** Everything a workspace can do, by name; what is rare stands only here. */
function More({ workspace, can, onAct, onAsk, onExcluded }: RowProps & { readonly can: boolean; readonly onAct: (what: Act) => void }): ReactElement {
  const { name, runner } = workspace;
  const up = runner !== null && runner.state !== 'stopped';
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={words.table.moreOf(name)} data-testid={`more-${name}`}>
          <Ellipsis size={16} />
        </IconButton>
      </DropdownMenu.Trigger>
      {/* In place: what floats stays within the page's landmark. */}
      <DropdownMenu.Content className="menu menu-narrow" align="end" sideOffset={6} collisionPadding={8}>
        <DropdownMenu.Item disabled={!can} data-testid="menu-toggle" onSelect={() => onAct(up ? 'stop' : 'start')}>
          {up ? words.table.menu.stop : words.table.menu.start}
        </DropdownMenu.Item>
        <DropdownMenu.Item disabled={!can || runner === null} data-testid="menu-restart" onSelect={() => onAct('restart')}>
          {words.table.menu.restart}
        </DropdownMenu.Item>
        <DropdownMenu.Item disabled={runner === null} data-testid="menu-log" onSelect={() => onAsk('log')}>
          {words.table.menu.logs}
        </DropdownMenu.Item>
        {runner?.url != null && (
          <DropdownMenu.Item asChild>
            <a className="ws-menu-link" href={runner.url} target="_blank" rel="noreferrer">
              {words.table.menu.open}
            </a>
          </DropdownMenu.Item>
        )}
        <DropdownMenu.Separator />
        <DropdownMenu.Item disabled={!can} data-testid="menu-verify" onSelect={() => onAct('verify')}>
          {words.table.menu.verify}
        </DropdownMenu.Item>
        <DropdownMenu.Item data-testid="menu-excluded" onSelect={onExcluded}>
          {words.table.menu.excluded}
        </DropdownMenu.Item>
        <DropdownMenu.Item data-testid="menu-exclude" onSelect={() => onAsk('exclude')}>
          {words.table.menu.exclude}
        </DropdownMenu.Item>
        <DropdownMenu.Item data-testid="menu-variables" onSelect={() => onAsk('variables')}>
          {words.table.menu.variables}
        </DropdownMenu.Item>
        <DropdownMenu.Item data-testid="menu-settings" onSelect={() => onAsk('settings')}>
          {words.table.menu.settings}
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

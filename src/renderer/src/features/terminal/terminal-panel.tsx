import { useEffect, useRef, useState, type ReactElement } from 'react';
import { Plus, Search, SquareTerminal, X } from 'lucide-react';
import { DropdownMenu, Tabs } from 'radix-ui';
import { canStop } from '@shared/domain/projects/start-choice';
import { AppError } from '@shared/kernel/app-error';
import { takeTerminalRequest, type DrawerPanelProps } from '../../lib/drawer';
import type { Project, Service } from '../../lib/model';
import { setUi } from '../../lib/store';
import { terminalWords } from '../../locales/en/terminal';
import { Button, IconButton } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { StateMark, type Mark } from '../../ui/state-mark';
import '../../ui/menu.css';
import { RunField } from './run-field';
import { SearchBar } from './search-bar';
import { chooseTerminal, closeTerminal, openShell, runLine, screenOf, showShell, useTerminals, type Session } from './sessions';
import { TerminalView } from './terminal-view';
import './terminal-panel.css';

const MARKS: { readonly [S in Session['state']]: Mark } = { starting: 'busy', running: 'good', ended: 'off' };

/** Shells in the containers of the project, one a tab, and a field for single commands. */
export function TerminalPanel({ project, services, service, asked, visible }: DrawerPanelProps): ReactElement {
  const { sessions, active } = useTerminals();
  const [searching, setSearching] = useState(false);
  const running = services.filter((one) => canStop([one]));
  const current = sessions.find((one) => one.id === active);
  const currentKind = current?.kind;
  const runField = useRef<HTMLInputElement>(null);

  // A request is taken once: the drawer keeps whose shell was asked for last.
  useEffect(() => {
    if (service === null || !visible) return;
    takeTerminalRequest();
    refuseMany(showShell(project, service));
  }, [service, asked, visible, project]);

  useEffect(() => {
    if (!visible || active === null) return;
    if (currentKind === 'command') runField.current?.focus();
    else screenOf(active)?.focus();
  }, [visible, active, currentKind, asked]);

  function onKeyDown(event: React.KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.code !== 'KeyF') return;
    setSearching(current !== undefined);
    event.preventDefault();
  }

  return (
    <Tabs.Root className="terminal-panel" value={active ?? ''} onValueChange={chooseTerminal} onKeyDown={onKeyDown} data-testid="terminal-panel" activationMode="manual">
      <div className="terminal-bar">
        {sessions.length > 0 && (
          <Tabs.List className="terminal-tabs" aria-label={terminalWords.tabs}>
            {sessions.map((session) => (
              <Tabs.Trigger key={session.id} value={session.id} data-testid={`tab-${session.id}`} data-session={session.state}>
                <StateMark mark={MARKS[session.state]} />
                <span className="ellipsis">{titleOf(session, project)}</span>
              </Tabs.Trigger>
            ))}
          </Tabs.List>
        )}
        <OpenMenu project={project} running={running} />
        {current !== undefined && (
          <IconButton label={terminalWords.close(titleOf(current, project))} onClick={() => closeTerminal(current.id)} data-testid="terminal-close">
            <X size={14} />
          </IconButton>
        )}
        <span className="grow" />
        {running.length > 0 && <RunField inputRef={runField} services={running.map((one) => one.name)} preferred={current?.service ?? null} onRun={(name, line) => refuseMany(runLine(project, name, line))} />}
        {current !== undefined && (
          <IconButton label={terminalWords.search} aria-pressed={searching} onClick={() => setSearching(!searching)} data-testid="terminal-search">
            <Search size={14} />
          </IconButton>
        )}
      </div>
      {searching && current !== undefined && (
        <SearchBar
          find={(text, forwards) => screenOf(current.id)?.find(text, forwards) ?? false}
          onClose={() => {
            setSearching(false);
            screenOf(current.id)?.focus();
          }}
        />
      )}
      {sessions.length === 0 && <Nothing project={project} running={running} />}
      {sessions.map((session) => (
        <Tabs.Content key={session.id} value={session.id} forceMount hidden={session.id !== active} className="terminal-view" tabIndex={-1}>
          <TerminalView session={session} isUp={session.projectId !== project.id || running.some((one) => one.name === session.service)} shown={visible && session.id === active} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}

function titleOf(session: Session, project: Project): string {
  const title = session.kind === 'shell' ? terminalWords.shellOf(session.service) : terminalWords.commandOf(session.service);
  return session.projectId === project.id ? title : terminalWords.ofProject(title, session.projectName);
}

function refuseMany(opened: boolean): void {
  if (!opened) setUi({ notice: new AppError('busy', terminalWords.tooMany) });
}

/** A shell in any service that runs; another one where there is one already. */
function OpenMenu({ project, running }: { readonly project: Project; readonly running: readonly Service[] }): ReactElement | null {
  if (running.length === 0) return null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={terminalWords.open} data-testid="terminal-open">
          <Plus size={15} />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu menu-narrow" align="start" sideOffset={4} collisionPadding={8} onCloseAutoFocus={(event) => event.preventDefault()}>
        {running.map((one) => (
          <DropdownMenu.Item key={one.name} onSelect={() => refuseMany(openShell(project, one.name))} data-testid={`terminal-open-${one.name}`}>
            {terminalWords.openIn(one.name)}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Nothing({ project, running }: { readonly project: Project; readonly running: readonly Service[] }): ReactElement {
  if (running.length === 0) return <EmptyState title={terminalWords.nothingRuns}>{terminalWords.nothingRunsText}</EmptyState>;
  return (
    <EmptyState
      title={terminalWords.empty}
      actions={running.slice(0, 4).map((one) => (
        <Button key={one.name} size="small" icon={<SquareTerminal size={13} />} onClick={() => openShell(project, one.name)}>
          {terminalWords.openIn(one.name)}
        </Button>
      ))}
    >
      {terminalWords.emptyText}
    </EmptyState>
  );
}

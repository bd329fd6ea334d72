import type { ReactElement } from 'react';
import { Ellipsis } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { canStop } from '@shared/domain/projects/start-choice';
import type { Project, Service } from '../../lib/model';
import { servicesWords } from '../../locales/en/services';
import { verbsWords } from '../../locales/en/verbs';
import { IconButton } from '../../ui/button';
import '../../ui/menu.css';
import { askRebuild, askVerb, bringServices, browserPorts, changeServices, copyCommandOf, openInBrowser, openShellOf } from './service-acts';

/** What can be done to one service, each with its key. */
export function ServiceMenu({ project, service, busy, where }: { readonly project: Project; readonly service: Service; readonly busy: boolean; readonly where: 'row' | 'drawer' }): ReactElement {
  const up = canStop([service]);
  const exists = service.containerIds.length > 0;
  const verb = up ? 'restart' : 'start';
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={servicesWords.menu(service.name)} data-testid={where === 'row' ? `menu-${service.name}` : 'drawer-menu'}>
          <Ellipsis size={15} />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu menu-narrow" align="end" sideOffset={4} collisionPadding={8}>
        {exists && up && <Item text={servicesWords.restart} hint="R" disabled={busy} testId="menu-restart" onSelect={() => changeServices('restart', project, [service.name])} />}
        {exists && <Item text={up ? servicesWords.stop : servicesWords.start} hint="S" disabled={busy} testId={up ? 'menu-stop' : 'menu-start'} onSelect={() => changeServices(up ? 'stop' : 'start', project, [service.name])} />}
        {!service.orphan && !(exists && up) && <Item text={verbsWords.up} hint="" disabled={busy} testId="menu-up" onSelect={() => bringServices('up', project, [service.name])} />}
        <Item text={servicesWords.rebuild} hint="B" disabled={busy} testId="menu-rebuild" onSelect={() => askRebuild(service.name)} />
        {!service.orphan && <Item text={verbsWords.pull} hint="" disabled={busy} testId="menu-pull" onSelect={() => bringServices('pull', project, [service.name])} />}
        {!service.orphan && <Item text={verbsWords.scaleItem} hint="" disabled={busy} testId="menu-scale" onSelect={() => askVerb('scale', service.name)} />}
        {exists && <Item text={verbsWords.removeItem} hint="" disabled={busy} testId="menu-remove" onSelect={() => askVerb('remove', service.name)} />}
        <DropdownMenu.Separator />
        <Item text={servicesWords.shell} hint="T" disabled={!up} testId="menu-shell" onSelect={() => openShellOf(service.name)} />
        {up && browserPorts(service).map((port, index) => <Item key={port} text={servicesWords.openPort(port)} hint={index === 0 ? 'O' : ''} testId={`menu-open-${String(port)}`} onSelect={() => openInBrowser(service, port)} />)}
        <DropdownMenu.Separator />
        <Item text={servicesWords.copyBerth} hint="C" testId="menu-copy-berth" onSelect={() => copyCommandOf('berth', verb, project, service)} />
        <Item text={servicesWords.copyCompose} hint="" testId="menu-copy-compose" onSelect={() => copyCommandOf('compose', verb, project, service)} />
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Item({ text, hint, disabled = false, testId, onSelect }: { readonly text: string; readonly hint: string; readonly disabled?: boolean; readonly testId: string; readonly onSelect: () => void }): ReactElement {
  return (
    <DropdownMenu.Item disabled={disabled} onSelect={onSelect} data-testid={testId}>
      <span className="menu-text">{text}</span>
      {hint !== '' && <kbd className="faint">{hint}</kbd>}
    </DropdownMenu.Item>
  );
}

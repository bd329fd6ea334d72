import type { ReactElement } from 'react';
import { Ellipsis } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { filesWords } from '../../locales/en/files';
import { IconButton } from '../../ui/button';
import '../../ui/menu.css';
import type { LifeVerb } from './lifecycle-dialogs';

const words = filesWords.life;
const LIVE: readonly LifeVerb[] = ['rename', 'duplicate', 'archive', 'delete'];
const ARCHIVED: readonly LifeVerb[] = ['restore', 'delete'];

/** What can be done with the open file as a whole. A file that the project is made from keeps its name and place. */
export function LifecycleMenu({ name, kind, archived, busy, unsaved, onChoose }: { readonly name: string; readonly kind: string; readonly archived: boolean; readonly busy: boolean; readonly unsaved: boolean; readonly onChoose: (verb: LifeVerb) => void }): ReactElement {
  const verbs = kind !== 'manifest' ? [] : archived ? ARCHIVED : LIVE;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={words.menu(name)} data-testid="file-menu">
          <Ellipsis size={15} />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu menu-narrow" align="end" sideOffset={4} collisionPadding={8}>
        {verbs.map((verb) => (
          <DropdownMenu.Item key={verb} disabled={busy || unsaved} data-testid={`file-menu-${verb}`} onSelect={() => onChoose(verb)}>
            <span className="menu-text">{words.items[verb]}</span>
          </DropdownMenu.Item>
        ))}
        {verbs.length > 0 && <DropdownMenu.Separator />}
        <DropdownMenu.Item data-testid="file-menu-history" onSelect={() => onChoose('history')}>
          <span className="menu-text">{words.items.history}</span>
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

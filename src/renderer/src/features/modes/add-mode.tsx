import type { ReactElement } from 'react';
import { Popover } from 'radix-ui';
import { say } from '../../locales/say';
import { Button } from '../../ui/button';

/** How a project with one mode gets a second one. */
export function AddMode(): ReactElement {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button size="large" look="quiet" data-testid="add-mode">
          {say.header.addMode}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content aria-labelledby="add-mode-title" className="popover add-mode" align="end" sideOffset={6} collisionPadding={8}>
          <h2 id="add-mode-title">{say.header.addModeTitle}</h2>
          <p>{say.header.addModeText}</p>
          <dl>
            <dt>
              <code>docker-compose.dev.yml</code>
            </dt>
            <dd>{say.header.addModeDev}</dd>
            <dt>
              <code>docker-compose.prod.yml</code>
            </dt>
            <dd>{say.header.addModeProd}</dd>
          </dl>
          <p className="dim">{say.header.addModeBerth}</p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

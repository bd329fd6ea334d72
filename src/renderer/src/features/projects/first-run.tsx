import { useState, type ReactElement } from 'react';
import { Anchor, FolderOpen } from 'lucide-react';
import { say } from '../../locales/say';
import { appWindow } from '../../lib/client';
import { openFolder } from '../../lib/open-folder';
import { chooseProject, goTo } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { RecentProjects } from './recent-projects';

/** No project is open: what one is, the ways to get one, and those that were open before. */
export function FirstRun(): ReactElement {
  const [opening, setOpening] = useState(false);
  async function sample(): Promise<void> {
    setOpening(true);
    await attempt(async () => {
      const project = await appWindow.openSample();
      chooseProject(project.id);
      goTo('project');
    });
    setOpening(false);
  }
  return (
    <div className="page scroll" data-testid="first-run">
      <EmptyState
        page
        icon={<Anchor size={20} />}
        title={say.firstRun.title}
        actions={
          <>
            <Button look="primary" size="large" icon={<FolderOpen size={14} />} data-testid="open-folder" disabled={opening} onClick={() => void openFolder()}>
              {say.actions.openFolder}
            </Button>
            <span className="dim">{say.firstRun.drop}</span>
            <Button size="large" data-testid="try-sample" disabled={opening} onClick={() => void sample()}>
              {opening ? say.firstRun.opening : say.actions.trySample}
            </Button>
          </>
        }
      >
        <p>{say.firstRun.text}</p>
        <p>{say.firstRun.sample}</p>
      </EmptyState>
      <div className="first-run-recent">
        <RecentProjects />
      </div>
    </div>
  );
}

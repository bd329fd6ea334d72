import { call, pickFolder } from './client';
import { chooseProject, goTo } from './store';
import { attempt } from './switch-flow';

/** Lets the user pick a folder and opens it. Opening runs nothing. */
export function openFolder(): Promise<void> {
  return attempt(async () => {
    const picked = await pickFolder();
    if (picked === null) return;
    const project = await call('projects.open', { dir: picked.handle });
    chooseProject(project.id);
    goTo('project');
  });
}

import { call, onFolderDrop, pickFolder } from './client';
import { chooseProject, goTo } from './store';
import { attempt } from './switch-flow';

/** Lets the user pick a folder and opens it. Opening runs nothing. */
export function openFolder(): Promise<void> {
  return attempt(async () => {
    const picked = await pickFolder();
    if (picked !== null) await open(picked.handle);
  });
}

/** Opens folders that are dropped into the window; returns what ends that. */
export function openDropped(): () => void {
  return onFolderDrop((answer) => void attempt(async () => open(answer().handle)));
}

/** Opens a project again that was closed, as it was. */
export function reopenProject(id: string): Promise<void> {
  return attempt(async () => show((await call('projects.reopen', { id })).id));
}

/** Takes a project out of the list; what runs goes on, and it can be opened again. */
export function closeProject(id: string): Promise<void> {
  return attempt(() => call('projects.close', { id }));
}

async function open(handle: string): Promise<void> {
  show((await call('projects.open', { dir: handle })).id);
}

function show(projectId: string): void {
  chooseProject(projectId);
  goTo('project');
}

export { createSyncEngine } from './engine';
export { createRunners } from './runners';
export { createWorkspaces, type Workspaces } from './service';
export { syncsFirst } from './syncs-first';
export { ignoreFilesIn } from './workspace-folders';

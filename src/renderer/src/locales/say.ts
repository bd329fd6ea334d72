import { activityWords } from './en/activity';
import { changesWords } from './en/changes';
import { conflictsWords } from './en/conflicts';
import { projectWords } from './en/project';
import { settingsWords } from './en/settings';
import { shellWords } from './en/shell';

/** Every word on screen that Berth itself says, by page in en/, in the chosen language (language.ts). The words of the storage, workspaces and snapshots pages (en/storage.ts, en/workspaces.ts, en/snapshots.ts) come with their pages, which a start does not load. What comes from the main process (summaries, findings, errors) is said there. */
export const say = {
  ...shellWords,
  ...projectWords,
  ...conflictsWords,
  ...changesWords,
  ...activityWords,
  ...settingsWords,
} as const;

import { isAbsolute } from 'node:path';
import { BrowserWindow, dialog, type WebContents } from 'electron';
import { AppError } from '@shared/kernel/app-error';
import type { FileQuestion } from '../../preload/api';
import { realFolder } from '../platform/folder';
import type { AppWords } from './words/words';

const MAX_PATH_LENGTH = 4_096;

/** The dialogs of the system in which a person picks folders and files. */
export interface FileDialogs {
  pickFolder(contents: WebContents): Promise<string | null>;
  pickFiles(contents: WebContents, question: FileQuestion): Promise<readonly string[]>;
  droppedFolder(contents: WebContents, path: string): Promise<string>;
}

export function createFileDialogs(words: () => AppWords): FileDialogs {
  return {
    async pickFolder(contents) {
      const [title, buttonLabel] = words().dialogs.openFolder;
      return (await openDialog(contents, { properties: ['openDirectory'], title, buttonLabel }))[0] ?? null;
    },
    async pickFiles(contents, question) {
      if (question.kind === 'save') {
        // Nothing is written over: a file of that name is refused afterwards, so the dialog need not ask.
        const [title, buttonLabel] = words().dialogs.save[question.purpose];
        const parent = BrowserWindow.fromWebContents(contents);
        const options = { title, buttonLabel, defaultPath: question.name, properties: ['createDirectory' as const] };
        const picked = parent === null ? await dialog.showSaveDialog(options) : await dialog.showSaveDialog(parent, options);
        return picked.canceled || picked.filePath === '' ? [] : [picked.filePath];
      }
      const [title, buttonLabel] = words().dialogs.open[question.purpose];
      return openDialog(contents, { title, buttonLabel, properties: question.purpose === 'object' ? ['openFile', 'multiSelections'] : ['openFile'] });
    },
    droppedFolder,
  };
}

async function openDialog(contents: WebContents, options: Electron.OpenDialogOptions): Promise<readonly string[]> {
  const parent = BrowserWindow.fromWebContents(contents);
  const picked = parent === null ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(parent, options);
  return picked.canceled ? [] : picked.filePaths;
}

/** A folder is dropped by hand into a window that is there to be seen; the preload takes no other drop, and the page cannot send a path. */
async function droppedFolder(contents: WebContents, path: string): Promise<string> {
  if (BrowserWindow.fromWebContents(contents)?.isVisible() !== true || path.length > MAX_PATH_LENGTH || !isAbsolute(path)) throw new AppError('input-invalid', 'Only a folder that was dropped into the window can be opened.');
  return realFolder(path);
}

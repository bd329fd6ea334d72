import { holdLanguage } from '../locales/language';
import { appWindow } from './client';

/** What would be lost with the page: texts that were typed and not saved, and those of them that a page that is loaded anew does not find again. */
export interface Unsaved {
  readonly files: number;
  readonly secret: number;
}

/** Where drafts wait in the storage of the page for its next life. */
export const FILE_DRAFTS = 'berth.files';
export const TEMPLATE_DRAFTS = 'berth.templates';

/** Whether something waits there: an empty list or object does not count. */
export function hasKept(key: typeof FILE_DRAFTS | typeof TEMPLATE_DRAFTS): boolean {
  return (sessionStorage.getItem(key)?.length ?? 0) > '[]'.length;
}

const known = new Map<string, Unsaved>();
let told = 0;

/** Each place where texts are typed tells what it has. The app keeps the window and asks before it quits; another language waits for what cannot be kept. */
export function tellUnsaved(place: string, unsaved: Unsaved): void {
  known.set(place, unsaved);
  const sum = (of: keyof Unsaved): number => [...known.values()].reduce((total, one) => total + one[of], 0);
  holdLanguage(sum('secret') > 0);
  const files = sum('files');
  if (files === told) return;
  told = files;
  void appWindow.noteUnsaved(files).catch(() => undefined);
}

import { create } from 'zustand';
import { TEMPLATE_DRAFTS, tellUnsaved } from '../../lib/unsaved';

/** What was typed into a template and not saved, and what the template was when that began. */
export interface TemplateDraft {
  readonly text: string;
  /** SHA-256 of the file. */
  readonly base: string;
}

interface Drafts {
  readonly [key: string]: TemplateDraft;
}

/** Going to another tab and back loses nothing, nor does a page that is loaded anew. */
const useStore = create<{ readonly drafts: Drafts }>()(() => ({ drafts: readKept() }));

function readKept(): Drafts {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(TEMPLATE_DRAFTS) ?? '{}');
    return typeof kept === 'object' && kept !== null ? (kept as Drafts) : {};
  } catch {
    return {};
  }
}

const tell = (drafts: Drafts): void => tellUnsaved('templates', { files: Object.keys(drafts).length, secret: 0 });
tell(useStore.getState().drafts);

useStore.subscribe(({ drafts }) => {
  tell(drafts);
  try {
    sessionStorage.setItem(TEMPLATE_DRAFTS, JSON.stringify(drafts));
  } catch {
    // Without the storage a draft lives as long as the page.
  }
});

const keyOf = (projectId: string, path: string): string => `${projectId} ${path}`;

export function useTemplateDraft(projectId: string, path: string): TemplateDraft | null {
  return useStore((state) => state.drafts[keyOf(projectId, path)] ?? null);
}

/** Null forgets it. */
export function setTemplateDraft(projectId: string, path: string, draft: TemplateDraft | null): void {
  useStore.setState(({ drafts }) => {
    const others = Object.fromEntries(Object.entries(drafts).filter(([key]) => key !== keyOf(projectId, path)));
    return { drafts: draft === null ? others : { ...others, [keyOf(projectId, path)]: draft } };
  });
}

/** The file is now what was saved: what was typed meanwhile goes on from there. */
export function templateWasSaved(projectId: string, path: string, sha256: string): void {
  const draft = useStore.getState().drafts[keyOf(projectId, path)];
  if (draft !== undefined) setTemplateDraft(projectId, path, { ...draft, base: sha256 });
}

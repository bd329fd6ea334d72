import { create } from 'zustand';

/** What was typed into a template and not saved, and what the template was when that began. */
export interface TemplateDraft {
  readonly text: string;
  /** SHA-256 of the file. */
  readonly base: string;
}

/** They live as long as the page: going to another tab and back loses nothing. */
const useStore = create<{ readonly drafts: { readonly [key: string]: TemplateDraft } }>()(() => ({ drafts: {} }));

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

/** The pages a link can name: those of the window's rail. */
export const LINKED_PAGES = ['home', 'project', 'conflicts', 'storage', 'workspaces', 'snapshots', 'files', 'activity', 'settings'] as const;
export type LinkedPage = (typeof LINKED_PAGES)[number];

/** Where a `berth://` link leads. Links come from anywhere (web pages, chats), so they only ever show something that is there already. */
export interface DeepLink {
  readonly page: LinkedPage;
  readonly projectId: string | null;
}

const LINK = /^berth:\/\/([a-z]{1,20})\/?(?:\?project=(p_[0-9a-z]{13}))?$/;

/** `berth://<page>` or `berth://<page>?project=<id>`; null for anything else. */
export function parseDeepLink(text: string): DeepLink | null {
  const match = LINK.exec(text);
  const page = LINKED_PAGES.find((one) => one === match?.[1]);
  return match === null || page === undefined ? null : { page, projectId: match[2] ?? null };
}

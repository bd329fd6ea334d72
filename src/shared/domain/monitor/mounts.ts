export type WatchedKind = 'file' | 'folder' | 'fuse' | 'other' | 'unknown';
export type WatchedState = 'ok' | 'missing' | 'replaced' | 'wrong-type' | 'unreadable' | 'hung';

/** What stands at a bind source now. */
export interface SourceNow {
  readonly state: 'ok' | 'missing' | 'unreadable' | 'hung';
  readonly kind: WatchedKind;
  /** Equal as long as it is the same file or folder. */
  readonly identity: string | null;
}

/** What a container holds of it: read from the container, or what stood there when it was first seen well. */
export interface SourceHeld {
  readonly kind: WatchedKind;
  readonly identity: string | null;
}

/** How a source is for one container; `held` is null while nothing is known of it. */
export function judgeMount(now: SourceNow, held: SourceHeld | null): WatchedState {
  // A mount that is away leaves its empty folder behind: what the container holds is a mount, what stands there is none.
  if (now.state === 'ok' && held?.kind === 'fuse' && now.kind !== 'fuse') return 'missing';
  if (now.state !== 'ok' || held === null) return now.state;
  const typed = (kind: WatchedKind): boolean => kind === 'file' || kind === 'folder';
  if (typed(now.kind) && typed(held.kind) && now.kind !== held.kind) return 'wrong-type';
  return held.identity !== null && now.identity !== null && held.identity !== now.identity ? 'replaced' : 'ok';
}

const WORST: readonly WatchedState[] = ['hung', 'missing', 'wrong-type', 'replaced', 'unreadable', 'ok'];

/** The worst of several. */
export function worstMountState(states: readonly WatchedState[]): WatchedState {
  return WORST.find((state) => states.includes(state)) ?? 'ok';
}

const CODES: { readonly [state in Exclude<WatchedState, 'ok'>]: string } = { missing: 'MOUNT-GONE', replaced: 'MOUNT-REPLACED', 'wrong-type': 'MOUNT-WRONG-TYPE', unreadable: 'MOUNT-UNREADABLE', hung: 'MOUNT-HUNG' };

/** The code of the alert for a state that is not ok. */
export function mountCode(state: Exclude<WatchedState, 'ok'>): string {
  return CODES[state];
}

/** One sentence, naming the services. */
export function mountMessage(state: WatchedState, source: string, kind: WatchedKind, services: readonly string[]): string {
  const who = services.length === 0 ? '' : `, which ${services.join(', ')} ${services.length === 1 ? 'uses' : 'use'},`;
  switch (state) {
    case 'ok':
      return '';
    case 'missing':
      return `${source}${who} is gone.`;
    case 'replaced':
      return `${source}${who} was replaced: the ${services.length === 1 ? 'container still holds' : 'containers still hold'} the old ${kind === 'folder' ? 'folder' : kind === 'fuse' ? 'mount' : 'file'}.`;
    case 'wrong-type':
      return `${source}${who} is a ${kind === 'folder' ? 'folder now and was a file' : 'file now and was a folder'}.`;
    case 'unreadable':
      return `${source}${who} cannot be read.`;
    case 'hung':
      return `${source}${who} does not answer.`;
  }
}

const HINTS: { readonly [state in Exclude<WatchedState, 'ok'>]: string } = {
  missing: 'Put it back, or restart the services once it is there again.',
  replaced: 'Restart the services to give them what stands there now.',
  'wrong-type': 'Put back what it was, then restart the services.',
  unreadable: 'Give your user the right to read it.',
  hung: 'The server or program behind this mount is away; mount it again.',
};

/** What to do about it. */
export function mountHint(state: Exclude<WatchedState, 'ok'>): string {
  return HINTS[state];
}

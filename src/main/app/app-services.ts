import type { SequencedEvent } from '@shared/contract/events';
import type { Disposable } from '@shared/kernel/disposable';
import type { Dispatcher } from '../dispatch/types';

/** What the window, the tray and the menu need of the composition root. `services.ts` offers all of it and more. */
export interface AppServices {
  readonly dispatcher: Dispatcher;
  readonly events: { subscribe(listener: (events: readonly SequencedEvent[]) => void): Disposable };
  close(): Promise<void>;
}

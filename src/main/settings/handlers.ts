import type { Handlers } from '@main/dispatch/types';
import type { Json } from '@shared/kernel/json';
import type { Settings } from './types';

/** Binds `settings.*`. */
export function settingsHandlers(settings: Settings): Pick<Handlers, 'settings.list' | 'settings.set'> {
  return {
    'settings.list': () => Promise.resolve(settings.list()),
    'settings.set': (input) => settings.set(input.key, input.value as Json),
  };
}

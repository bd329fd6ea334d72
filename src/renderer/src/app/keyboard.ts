import { useEffect } from 'react';
import { goTo, PAGES, setUi, useStore } from '../lib/store';
import { keysAreTaken } from '../lib/use-row-keys';

/** The keys of the whole window. Lists bring their own (use-row-keys.ts). */
export function useKeyboard(): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setUi((ui) => ({ palette: !ui.palette }));
        return;
      }
      if (event.defaultPrevented || keysAreTaken(event)) return;
      const page = PAGES[Number(event.key) - 1];
      if (page !== undefined) goTo(page);
      else if (event.key === '?') setUi({ shortcuts: true });
      else if (event.key === 'Escape' && useStore.getState().ui.service !== null) setUi({ service: null });
      else return;
      event.preventDefault();
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

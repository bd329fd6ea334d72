import { useEffect } from 'react';
import { openFolder } from '../lib/open-folder';
import { chooseProject, goTo, PAGES, setUi, useStore } from '../lib/store';
import { keysAreTaken } from '../lib/use-row-keys';

/** The keys of the whole window. Lists bring their own (use-row-keys.ts). */
export function useKeyboard(): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      // A shell or an editor has keys of its own.
      if (event.defaultPrevented) return;
      const mod = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (mod ? withMod(event.key.toLowerCase()) : event.key === 'F6' ? nextRegion(event.shiftKey) : event.key === 'F1' && showHelp()) return event.preventDefault();
      if (keysAreTaken(event)) return;
      const page = PAGES[Number(event.key) - 1];
      if (page !== undefined) goTo(page);
      else if (event.key === '?') setUi({ shortcuts: true });
      else if (event.key === 'm') document.querySelector<HTMLElement>('.mode-switch button:enabled')?.focus();
      else if (event.key === 'Escape' && useStore.getState().ui.service !== null) setUi({ service: null });
      else return;
      event.preventDefault();
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Keys that work wherever one is: with Ctrl or Cmd. True where there was something to do. */
function withMod(key: string): boolean {
  const { model, ui } = useStore.getState();
  if (key === 'k') setUi({ palette: ui.palette === 'commands' ? null : 'commands' });
  else if (key === 'p') setUi({ palette: ui.palette === 'projects' ? null : 'projects' });
  else if (document.querySelector('dialog[open]') !== null) return false;
  else if (key === 'o') void openFolder();
  else {
    const project = /^[1-9]$/.test(key) ? model.projects?.[Number(key) - 1] : undefined;
    if (project === undefined) return false;
    chooseProject(project.id);
  }
  return true;
}

/** The help of the page, unless something else is open. */
function showHelp(): boolean {
  if (document.querySelector('dialog[open]') !== null) return false;
  setUi({ help: true });
  return true;
}

/** The parts of the window, in the order in which F6 goes through them. */
const REGIONS = ['.rail', '.header', '.frame-page', '.bottom-drawer:not([hidden])'];
const FOCUSABLE = 'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, [tabindex="0"]';

/** Goes to the next part of the window, without every control between. */
function nextRegion(back: boolean): boolean {
  if (document.querySelector('dialog[open]') !== null) return false;
  const regions = REGIONS.flatMap((selector) => [...document.querySelectorAll<HTMLElement>(selector)].slice(0, 1));
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  for (let step = 1; step <= regions.length; step += 1) {
    const from = at === -1 ? (back ? 0 : -1) : at;
    const region = regions[(from + (back ? -step : step) + 2 * regions.length) % regions.length];
    const first = region?.querySelector<HTMLElement>('[aria-current="page"]') ?? [...(region?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].find((one) => one.offsetParent !== null);
    if (first === undefined) continue;
    first.focus();
    return true;
  }
  return false;
}

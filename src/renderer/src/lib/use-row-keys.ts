import { useEffect, type RefObject } from 'react';

/** True where keys belong to what is typed or to an open dialog, and not to the page. */
export function keysAreTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector('dialog[open]') !== null) return true;
  return target instanceof HTMLElement && (target.isContentEditable || target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement);
}

/** J and K move through the rows (elements with data-row) of a list; `/` goes to its filter. Enter is the row's own. */
export function useRowKeys(list: RefObject<HTMLElement | null>, filter?: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (keysAreTaken(event)) return;
      if (event.key === '/' && filter?.current != null) {
        event.preventDefault();
        filter.current.focus();
        filter.current.select();
        return;
      }
      const step = event.key === 'j' || event.key === 'J' ? 1 : event.key === 'k' || event.key === 'K' ? -1 : 0;
      if (step === 0) return;
      const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
      if (rows.length === 0) return;
      const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
      const next = rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + step))];
      event.preventDefault();
      next?.focus();
      next?.scrollIntoView({ block: 'nearest' });
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [list, filter]);
}

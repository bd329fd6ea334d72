import { shownText, type LogRows } from '../../lib/log-rows';
import type { LogBuffer } from '../../lib/log-buffer';
import { copyText } from '../copy-command';

/** More than anybody pastes; the file has all. */
const MOST_CHARS = 2_000_000;

/** Copies what is selected in the list, else the lines that are shown, from the end. Answers how many lines; null for the selection. */
export function copyLines(list: HTMLElement | null, buffer: LogBuffer, rows: LogRows, named: boolean): number | null {
  const selection = getSelection();
  const selected = selection !== null && !selection.isCollapsed && list?.contains(selection.anchorNode) === true ? selection.toString() : '';
  if (selected !== '') {
    copyText(selected);
    list?.focus();
    return null;
  }
  const lines: string[] = [];
  let chars = 0;
  for (let place = rows.count - 1; place >= 0 && chars < MOST_CHARS; place -= 1) {
    const line = rows.at(place);
    if (buffer.kind(line) !== 'line') continue;
    const text = `${named ? `${buffer.service(line)} | ` : ''}${shownText(buffer, line)}`;
    chars += text.length + 1;
    lines.push(text);
  }
  copyText(lines.reverse().join('\n'));
  list?.focus();
  return lines.length;
}

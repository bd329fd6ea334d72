import type { Terminal } from '@xterm/xterm';

/** What a stranger's output may not do here, by the number of the sequence: titles (0-2), colours of the window (4-6, 10-19, 104-119), places (7), links (8), notices (9, 777), fonts (50), the clipboard (52), other programs' own (133, 633, 1337). */
export const SILENT_SEQUENCES: readonly number[] = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 50, 52, 104, 105, 106, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 133, 633, 777, 1337];

/** Takes the dangerous sequences out of what a terminal understands: nothing in it becomes a link, a title, a colour of the window or a change of the clipboard, and nothing it answers is chosen by the output. */
export function makeHarmless(terminal: Pick<Terminal, 'parser'>): void {
  for (const number of SILENT_SEQUENCES) terminal.parser.registerOscHandler(number, () => true);
  // Questions whose answer would hold what the output set before: settings, titles, the window.
  terminal.parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true);
  terminal.parser.registerDcsHandler({ intermediates: '+', final: 'q' }, () => true);
  terminal.parser.registerCsiHandler({ final: 't' }, () => true);
}

/** A text from the clipboard as it may be typed: without what a terminal would take for keys, such as the end of the paste itself. */
export function pasteable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
}

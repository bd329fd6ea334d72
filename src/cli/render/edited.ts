import type { OutputOf } from '@shared/contract/contract';
import { printable, type Terminal } from '../terminal';

type Changed = OutputOf<'compose.remap-ports'>;

/** How the answers about compose files are shown: what changed in them, their text, and the port map as a page of Markdown. */
export const editedRenderers = {
  'compose.ports': (value: OutputOf<'compose.ports'>, _terminal: Terminal): string => printable(value.markdown),
  'compose.source': (value: OutputOf<'compose.source'>, _terminal: Terminal): string => printable(value.text),
  'compose.healthcheck': (value: Changed, _terminal: Terminal): string => changedText(value),
  'compose.remap-ports': (value: Changed, _terminal: Terminal): string => changedText(value),
  'compose.rename-network': (value: Changed, _terminal: Terminal): string => `${changedText(value)}${value.files.length === 0 ? '' : 'The next switch moves the services to it and removes the old one.\n'}`,
  'compose.resubnet': (value: Changed, _terminal: Terminal): string => `${changedText(value)}${value.files.length === 0 ? '' : 'The next switch makes the network and the services on it anew.\n'}`,
  'compose.relocate': (value: Changed, _terminal: Terminal): string => changedText(value),
} as const;

function changedText({ files, diff }: Changed): string {
  return files.length === 0 ? 'Nothing had to change.\n' : `${printable(diff)}Changed ${printable(files.join(', '))}.\n`;
}

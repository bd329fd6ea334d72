import type { OutputOf } from '@shared/contract/contract';
import { printable, table, type Terminal } from '../terminal';

type Listed = OutputOf<'files.list'>[number];

/** How the answers about the files of a project are shown. */
export const filesRenderers = {
  'files.list': (value: OutputOf<'files.list'>, _terminal: Terminal): string => (value.length === 0 ? 'This project has no files.\n' : table(['FILE', 'KIND', 'BYTES', 'USED BY'], value.map((one) => [one.path, one.kind, sizeText(one), usersText(one)]))),
  'files.read': (value: OutputOf<'files.read'>, _terminal: Terminal): string => (value.sha256 === 'none' ? `${printable(value.path)} is not there yet.\n` : printable(value.text)),
  'files.save': (value: OutputOf<'files.save'>, _terminal: Terminal): string => (value.changed ? `Saved ${printable(value.file)}.\n` : `${printable(value.file)} says this already.\n`),
} as const;

function sizeText({ exists, sizeBytes }: Listed): string {
  return exists ? (sizeBytes === null ? 'cannot be read' : String(sizeBytes)) : 'not there';
}

function usersText({ usedBy }: Listed): string {
  return usedBy.map(({ mode, services }) => (services.length === 0 ? mode : `${mode} (${services.join(', ')})`)).join(', ') || '-';
}

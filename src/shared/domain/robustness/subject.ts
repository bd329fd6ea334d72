import { isMap } from 'yaml';
import type { ComposeModel, ComposeService } from '../compose/model';
import { editYaml, type YamlEdit } from '../yaml/edit-yaml';
import type { YamlValue } from '../yaml/write-yaml';
import { ByHand, nodeAt } from '../yaml/yaml-places';

/** One compose file of the mode: path relative to the folder of the copy, and its text. */
export interface ComposeText {
  readonly path: string;
  readonly text: string;
}

/** Namespaces and volumes that a service takes from another. */
function borrowedFrom(service: ComposeService): readonly string[] {
  const namespaces = [service.network_mode, service.ipc, service.pid].flatMap((mode) => (mode?.startsWith('service:') === true ? [mode.slice('service:'.length)] : []));
  const named = [...(service.links ?? []), ...(service.volumes_from ?? [])].map((one) => one.split(':')[0] ?? '');
  return [...namespaces, ...named];
}

/** The files in which the service is written. */
export function filesDeclaring(files: readonly ComposeText[], service: string): readonly ComposeText[] {
  return files.filter(({ text }) => hasNode(text, ['services', service]));
}

/**
 * Services that can go without the others: nobody waits for them or borrows from them, their names are written in the
 * files and nobody extends them there. The last first, since files begin with what others stand on; none when there is
 * only one service.
 */
export function leafServices(model: ComposeModel, files: readonly ComposeText[]): readonly string[] {
  const names = Object.keys(model.services);
  if (names.length < 2) return [];
  const needed = new Set(Object.values(model.services).flatMap((service) => [...Object.keys(service.depends_on ?? {}), ...borrowedFrom(service)]));
  const isExtended = (name: string): boolean => files.some(({ text }) => new RegExp(`extends:\\s*(?:\\{?\\s*service:\\s*)?["']?${escaped(name)}["']?\\s*(?:[,}\\n]|$)`).test(text));
  return names.filter((name) => !needed.has(name) && filesDeclaring(files, name).length > 0 && !isExtended(name)).reverse();
}

/** The texts without the service, or with `instead` in the place where it is first written; null when one of them has to be changed by hand. */
export function withoutService(files: readonly ComposeText[], service: string, instead?: YamlValue): readonly ComposeText[] | null {
  const out: ComposeText[] = [];
  for (const [index, { path, text }] of filesDeclaring(files, service).entries()) {
    const outcome = editYaml(text, [index === 0 && instead !== undefined ? { kind: 'set', path: ['services', service], value: instead } : removal(text, service)]);
    if (outcome.kind === 'by-hand') return null;
    out.push({ path, text: outcome.text });
  }
  return out;
}

/** A file with nothing left in it is none: its last service leaves an empty mapping. */
function removal(text: string, service: string): YamlEdit {
  const services = nodeAt(text, ['services']);
  return isMap(services) && services.items.length === 1 ? { kind: 'set', path: ['services'], value: {} } : { kind: 'remove', path: ['services', service] };
}

/** The file a new service is written to: the last that has services. */
export function fileForServices(files: readonly ComposeText[]): ComposeText | undefined {
  return files.findLast(({ text }) => hasNode(text, ['services'])) ?? files.at(-1);
}

function hasNode(text: string, path: readonly string[]): boolean {
  try {
    return nodeAt(text, path) !== undefined;
  } catch (error) {
    if (error instanceof ByHand) return false;
    throw error;
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

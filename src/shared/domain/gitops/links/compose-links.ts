import { isFilledInLater } from '../validate/check-fields';
import type { Path } from '../manifest/places';
import type { ManifestValue, ReadDocument } from '../types';
import type { ComposeLinks, ComposePart, ComposeUse, FileUse } from './types';
import { list, mapping, text, type Mapping } from './values';

/** Reads a compose file. */
export function composeLinks({ value: given, index }: ReadDocument): ComposeLinks {
  const value = mapping(given);
  const uses: ComposeUse[] = [];
  const add = (of: ComposePart, name: ManifestValue | undefined, path: Path): void => {
    if (typeof name === 'string' && name !== '' && !isLater(name)) uses.push({ document: index, item: null, path, of, name });
  };
  for (const [name, one] of Object.entries(mapping(value['services']))) serviceUses(mapping(one), ['services', name], add);
  return {
    declared: { services: names(value, 'services'), networks: names(value, 'networks'), volumes: names(value, 'volumes'), configs: names(value, 'configs'), secrets: names(value, 'secrets') },
    uses,
    includes: [...includesOf(value), ...extendedFiles(value)].map(({ to }) => to),
  };
}

/** Files that a compose file reads or mounts into containers by name. */
export function composeFiles({ value: given, index }: ReadDocument): readonly FileUse[] {
  const value = mapping(given);
  const file = (to: string, path: Path, why: string, isOftenMade: boolean): readonly FileUse[] =>
    to === '' || isLater(to) ? [] : [{ document: index, item: null, path, to, wants: 'file', fromTop: false, source: null, isOftenMade, why }];
  const ofServices = Object.entries(mapping(value['services'])).flatMap(([name, one]) => envFiles(mapping(one)['env_file'], ['services', name, 'env_file']).flatMap(({ to, path }) => file(to, path, 'Compose starts nothing of the project without it.', true)));
  const ofParts = (['configs', 'secrets'] as const).flatMap((part) => Object.entries(mapping(value[part])).flatMap(([name, one]) => file(text(mapping(one)['file']), [part, name, 'file'], 'The services that take it do not start without it.', true)));
  const read = [...includesOf(value), ...extendedFiles(value)].flatMap(({ to, path }) => file(to, path, 'The whole file cannot be loaded without it.', false));
  return [...ofServices, ...ofParts, ...read];
}

const isLater = (value: string): boolean => isFilledInLater(value) || value.includes('$');

function names(value: Mapping, part: ComposePart): readonly string[] {
  return Object.keys(mapping(value[part]));
}

type Add = (of: ComposePart, name: ManifestValue | undefined, path: Path) => void;

function serviceUses(service: Mapping, at: Path, add: Add): void {
  const needed = service['depends_on'];
  if (Array.isArray(needed)) list(needed).forEach((one, index) => add('services', one, [...at, 'depends_on', index]));
  else for (const [name, one] of Object.entries(mapping(needed))) if (mapping(one)['required'] !== false) add('services', name, [...at, 'depends_on', name]);
  const networks = service['networks'];
  if (Array.isArray(networks)) list(networks).forEach((one, index) => add('networks', one, [...at, 'networks', index]));
  else for (const name of Object.keys(mapping(networks))) add('networks', name, [...at, 'networks', name]);
  for (const field of ['network_mode', 'ipc', 'pid']) if (text(service[field]).startsWith('service:')) add('services', text(service[field]).slice('service:'.length), [...at, field]);
  list(service['volumes']).forEach((one, index) => add('volumes', volumeName(one), [...at, 'volumes', index, ...(typeof one === 'string' ? [] : ['source'])]));
  for (const part of ['configs', 'secrets'] as const) list(service[part]).forEach((one, index) => add(part, typeof one === 'string' ? one : mapping(one)['source'], [...at, part, index, ...(typeof one === 'string' ? [] : ['source'])]));
  const extended = service['extends'];
  if (typeof extended === 'string') add('services', extended, [...at, 'extends']);
  else if (mapping(extended)['file'] === undefined) add('services', mapping(extended)['service'], [...at, 'extends', 'service']);
}

/** The named volume of a mount; '' for a path and for one without a name. */
function volumeName(mount: ManifestValue): string {
  if (typeof mount !== 'string') return mapping(mount)['type'] === 'volume' ? text(mapping(mount)['source']) : '';
  if (/^[A-Za-z]:[\\/]/.test(mount)) return '';
  const [source = '', target] = mount.split(':');
  return target === undefined || /^[./~\\]|[/\\]/.test(source) ? '' : source;
}

interface Written {
  readonly to: string;
  readonly path: Path;
}

function envFiles(value: ManifestValue | undefined, at: Path): readonly Written[] {
  if (typeof value === 'string') return [{ to: value, path: at }];
  return list(value).flatMap((one, index): readonly Written[] => {
    if (typeof one === 'string') return [{ to: one, path: [...at, index] }];
    return mapping(one)['required'] === false ? [] : [{ to: text(mapping(one)['path']), path: [...at, index, 'path'] }];
  });
}

function includesOf(value: Mapping): readonly Written[] {
  return list(value['include']).flatMap((one, index): readonly Written[] => {
    if (typeof one === 'string') return [{ to: one, path: ['include', index] }];
    const { path } = mapping(one);
    return typeof path === 'string' ? [{ to: path, path: ['include', index, 'path'] }] : list(path).map((entry, at) => ({ to: text(entry), path: ['include', index, 'path', at] }));
  });
}

function extendedFiles(value: Mapping): readonly Written[] {
  return Object.entries(mapping(value['services'])).flatMap(([name, one]): readonly Written[] => {
    const file = text(mapping(mapping(one)['extends'])['file']);
    return file === '' ? [] : [{ to: file, path: ['services', name, 'extends', 'file'] }];
  });
}

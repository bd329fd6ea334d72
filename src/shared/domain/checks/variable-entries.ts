import type { Where } from '../../kernel/app-error';
import type { LoadedCompose } from '../compose/model';
import type { ValueLayer } from '../compose/variables';
import { shownPath } from './host-path';

/** Where one variable's value comes from, and what it hides. Values are as they are: mask them before they are shown. */
export interface VariableEntry {
  readonly name: string;
  readonly service: string | null;
  readonly value: string;
  readonly source: string;
  readonly state: 'set' | 'default' | 'unset' | 'required';
  readonly shadowed: readonly { readonly source: string; readonly value: string }[];
  readonly where: Where | undefined;
}

function placeText(projectDir: string, where: Where): string {
  return `${shownPath(projectDir, where.file).replace(/^\.\//, '')}${where.line === undefined ? '' : `:${where.line}`}`;
}

/** A layer in words: `shell`, `.env:3`, `env_file api.env:2`, `environment, compose.yaml:12`. */
export function layerSource(projectDir: string, layer: ValueLayer, service?: string): string {
  if (layer.where === undefined) return 'shell';
  const place = placeText(projectDir, layer.where);
  if (layer.kind === 'environment') return service === undefined ? place : `environment of ${service}, ${place}`;
  return layer.kind === 'env_file' ? `env_file ${place}` : place;
}

/** The variables of the files, then the environment of every service, or of one. */
export function variableEntries(compose: LoadedCompose, service?: string): readonly VariableEntry[] {
  return [...fileVariables(compose, service), ...serviceVariables(compose, service)];
}

function fileVariables(compose: LoadedCompose, service: string | undefined): readonly VariableEntry[] {
  const { uses, values } = compose.variables;
  const names = [...new Set(uses.filter((use) => service === undefined || use.service === service).map((use) => use.name))].sort();
  return names.map((name) => {
    const own = uses.filter((use) => use.name === name);
    const where = own[0]?.where;
    const candidates = (values[name] ?? []).map((layer) => ({ source: layerSource(compose.projectDir, layer), value: layer.value ?? '' }));
    const withDefault = own.find((use) => use.fallback !== undefined);
    if (withDefault?.fallback !== undefined) candidates.push({ source: `default in ${placeText(compose.projectDir, withDefault.where)}`, value: withDefault.fallback });
    const [first, ...shadowed] = candidates;
    const isSet = (values[name] ?? []).length > 0;
    if (first !== undefined) return { name, service: null, value: first.value, source: first.source, state: isSet ? 'set' : 'default', shadowed, where };
    // The load itself gives this name, from `name:` or the folder.
    if (name === 'COMPOSE_PROJECT_NAME') return { name, service: null, value: compose.model.name, source: 'name of the project', state: 'set', shadowed, where };
    return { name, service: null, value: '', source: 'not set', state: own.some((use) => use.required) ? 'required' : 'unset', shadowed, where };
  });
}

function serviceVariables(compose: LoadedCompose, only: string | undefined): readonly VariableEntry[] {
  return Object.entries(compose.model.services).flatMap(([service, definition]) => {
    if (only !== undefined && service !== only) return [];
    return Object.entries(definition.environment ?? {}).map(([name, value]): VariableEntry => {
      const layers = compose.variables.environment[service]?.[name] ?? [];
      const [first, ...rest] = layers;
      const inWords = (layer: ValueLayer): string => layerSource(compose.projectDir, layer, service);
      const shadowed = rest.map((layer) => ({ source: inWords(layer), value: layer.value ?? '' }));
      const where = first?.where ?? compose.locate(['services', service, 'environment', name]);
      return { name, service, value: value ?? '', source: value === null || first === undefined ? 'not set' : inWords(first), state: value === null ? 'unset' : 'set', shadowed, where };
    });
  });
}

import type { Where } from '../../kernel/app-error';
import { layerSource } from '../checks/variable-entries';
import type { LoadedCompose } from '../compose/model';
import type { ValueLayer } from '../compose/variables';

/** One variable of a container, and who gave it its value. Values are as they are: mask them before they are shown. */
export interface EnvironmentEntry {
  readonly name: string;
  readonly value: string;
  /** file: the compose files and what they name. image: its own. container: what it was made with, which nothing says any more. */
  readonly from: 'file' | 'image' | 'container';
  /** In words: "environment of api, compose.yaml:12", "env_file api.env:2", "image". */
  readonly source: string;
  /** The variables that its text was put together from: "DB_PASSWORD from .env:3". */
  readonly through: readonly string[];
  readonly where: Where | undefined;
  /** What would have decided it otherwise, strongest first. */
  readonly shadowed: readonly { readonly source: string; readonly value: string }[];
  /** True when the files say something else by now: the next switch changes it. */
  readonly stale: boolean;
}

/** What the environment is made from. */
export interface EnvironmentInput {
  readonly service: string;
  /** The mode whose files made the container; null when none loads. */
  readonly compose: LoadedCompose | null;
  /** What the container was made with; null when there is none. */
  readonly container: ReadonlyMap<string, string> | null;
  /** NAME=value, as the image sets it. */
  readonly image: readonly string[];
}

/** The variables of a service by name, with the source of each value. */
export function environmentEntries(input: EnvironmentInput): readonly EnvironmentEntry[] {
  const declared = input.compose?.model.services[input.service]?.environment ?? {};
  const ofImage = new Map(input.image.map((one) => [one.split('=', 1)[0] ?? one, one.slice(one.indexOf('=') + 1)]));
  const set = Object.keys(declared).filter((name) => declared[name] !== null && declared[name] !== undefined);
  const names = input.container === null ? [...new Set([...set, ...ofImage.keys()])] : [...input.container.keys()];
  return names.sort().map((name) => entryOf(input, name, input.container?.get(name) ?? declared[name] ?? ofImage.get(name) ?? '', ofImage));
}

function entryOf({ service, compose, container }: EnvironmentInput, name: string, value: string, ofImage: ReadonlyMap<string, string>): EnvironmentEntry {
  const written = compose?.model.services[service]?.environment?.[name] ?? undefined;
  const fromImage = ofImage.get(name);
  const beneath = fromImage === undefined ? [] : [{ source: 'image', value: fromImage }];
  const none = { through: [], where: undefined, stale: false } as const;
  if (compose !== null && written === value) {
    const layers = compose.variables.environment[service]?.[name] ?? [];
    const [first, ...rest] = layers;
    const inWords = (layer: ValueLayer): string => layerSource(compose.projectDir, layer, service);
    const where = first?.where ?? compose.locate(['services', service, 'environment', name]);
    return { name, value, from: 'file', source: first === undefined ? 'compose file' : inWords(first), through: throughOf(compose, service, where, first), where, shadowed: [...rest.map((layer) => ({ source: inWords(layer), value: layer.value ?? '' })), ...beneath], stale: false };
  }
  if (fromImage === value) return { name, value, from: 'image', source: 'image', shadowed: [], ...none, stale: written !== undefined };
  return { name, value, from: 'container', source: 'the container', shadowed: beneath, ...none, stale: container !== null && written !== undefined };
}

/** The `${NAME}`s that stand where the value was written, and where each of them is set. */
function throughOf(compose: LoadedCompose, service: string, where: Where | undefined, layer: ValueLayer | undefined): readonly string[] {
  if (where === undefined || layer?.kind !== 'environment') return [];
  const here = compose.variables.uses.filter((use) => use.service === service && use.where.file === where.file && use.where.line === where.line);
  return [...new Set(here.map((use) => use.name))].map((name) => {
    const first = compose.variables.values[name]?.[0];
    if (first !== undefined) return `${name} from ${layerSource(compose.projectDir, first)}`;
    return here.some((use) => use.name === name && use.fallback !== undefined) ? `${name} by its default` : `${name}, which is not set`;
  });
}

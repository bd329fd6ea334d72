import type { Json } from '../../kernel/json';
import { emptyJsonMap } from './decode';
import type { LoadedCompose } from './model';

/** The model as `docker compose config --format json` prints it: empty sections left out, `x-` keys beside it, `$` doubled so that the text can be loaded again. */
export function printedModel(loaded: LoadedCompose): Json {
  const printed = emptyJsonMap();
  const { model } = loaded;
  printed['name'] = model.name;
  const services = emptyJsonMap();
  for (const [name, service] of Object.entries(model.services)) {
    const { label_file: _mergedIntoLabels, ...shown } = service;
    services[name] = shown as unknown as Json;
  }
  printed['services'] = services;
  for (const section of ['networks', 'volumes', 'secrets', 'configs'] as const) {
    if (Object.keys(model[section]).length > 0) printed[section] = model[section] as unknown as Json;
  }
  Object.assign(printed, loaded.extensions);
  return doubled(printed);
}

function doubled(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => doubled(item as Json));
  const map = emptyJsonMap();
  for (const [key, item] of Object.entries(value as { readonly [key: string]: Json | undefined })) if (item !== undefined) map[key.replaceAll('$', '$$$$')] = doubled(item);
  return map;
}

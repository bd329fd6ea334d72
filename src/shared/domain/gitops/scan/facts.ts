import type { ManifestValue, ReadFile } from '../types';

/** A path as it stands in a file. */
export interface Reference {
  readonly to: string;
  readonly line: number;
  readonly as: string;
}

/** What a kustomization says about other files and about names. */
export interface KustomizationFacts {
  readonly resources: readonly Reference[];
  readonly patches: readonly Reference[];
  /** Files whose content goes somewhere else: into a ConfigMap, a chart. */
  readonly data: readonly Reference[];
  readonly namespace: string | null;
  readonly namePrefix: string;
  readonly nameSuffix: string;
}

/** A folder that a controller applies. `pattern`: folders with a star; `not`: those left out. */
export interface ControllerFacts {
  readonly made: 'argocd' | 'flux';
  readonly paths: readonly Reference[];
  readonly not: readonly string[];
  readonly isPattern: boolean;
  readonly recurse: boolean;
}

/** A service of a compose file with the text that says what it is, keys in order. */
export interface ComposeFacts {
  /** The file's own `name`; null where the folder gives it. */
  readonly project: string | null;
  readonly services: readonly { readonly name: string; readonly line: number; readonly text: string }[];
}

/** What a file says about what is applied together. */
export interface FileFacts {
  readonly kustomization: KustomizationFacts | null;
  readonly controllers: readonly ControllerFacts[];
  readonly compose: ComposeFacts | null;
}

type Mapping = { readonly [key: string]: ManifestValue };

export function isMapping(value: ManifestValue | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: ManifestValue | undefined): readonly ManifestValue[] {
  return Array.isArray(value) ? (value as readonly ManifestValue[]) : [];
}

function textsOf(value: ManifestValue | undefined): readonly string[] {
  return listOf(value).filter((one): one is string => typeof one === 'string');
}

function textOf(value: ManifestValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What this file says; null where it says nothing of the kind. */
export function factsOf(read: ReadFile, text: string): FileFacts | null {
  const lines = lineFinder(text);
  if (read.kind === 'kustomization') {
    const value = read.documents[0]?.value;
    return isMapping(value) ? { kustomization: kustomizationFacts(value, lines), controllers: [], compose: null } : null;
  }
  if (read.kind === 'compose') {
    const value = read.documents[0]?.value;
    return isMapping(value) ? { kustomization: null, controllers: [], compose: composeFacts(value, lines) } : null;
  }
  if (read.kind !== 'manifests' || !/argoproj\.io|kustomize\.toolkit\.fluxcd\.io/.test(text)) return null;
  const controllers = read.documents.flatMap((one) => (isMapping(one.value) ? controllerFacts(one.value, lines) : []));
  return controllers.length === 0 ? null : { kustomization: null, controllers, compose: null };
}

type LineFinder = (wanted: string) => number;

/** The first line in which a text stands as a value. */
function lineFinder(text: string): LineFinder {
  let lines: readonly string[] | undefined;
  return (wanted) => {
    lines ??= text.split('\n');
    const whole = lines.findIndex((line) => line.replace(/^[\s-]*(?:[\w.-]+\s*:\s*)?/, '').replace(/\s+#.*$/, '').trim().replace(/^(['"])(.*)\1$/, '$2') === wanted);
    return (whole === -1 ? Math.max(0, lines.findIndex((line) => line.includes(wanted))) : whole) + 1;
  };
}

const DATA_LISTS: readonly string[] = ['configurations', 'crds', 'generators', 'transformers', 'validators'];

function kustomizationFacts(value: Mapping, lines: LineFinder): KustomizationFacts {
  const refer = (as: string, paths: readonly string[]): readonly Reference[] => paths.filter((one) => one !== '' && !one.includes('\n')).map((to) => ({ to, line: lines(to), as }));
  const generated = [...listOf(value['configMapGenerator']), ...listOf(value['secretGenerator'])].filter(isMapping);
  const charts = [...listOf(value['helmCharts']), ...listOf(value['helmChartInflationGenerator'])].filter(isMapping);
  return {
    resources: [...refer('resources', textsOf(value['resources'])), ...refer('bases', textsOf(value['bases'])), ...refer('components', textsOf(value['components']))],
    patches: [
      ...refer('patches', listOf(value['patches']).filter(isMapping).map((one) => textOf(one['path']))),
      ...refer('patchesStrategicMerge', textsOf(value['patchesStrategicMerge'])),
      ...refer('patchesJson6902', listOf(value['patchesJson6902']).filter(isMapping).map((one) => textOf(one['path']))),
    ],
    data: [
      ...refer('files', generated.flatMap((one) => textsOf(one['files'])).map((one) => one.slice(one.indexOf('=') + 1))),
      ...refer('envs', generated.flatMap((one) => [...textsOf(one['envs']), textOf(one['env'])])),
      ...refer('valuesFile', charts.flatMap((one) => [textOf(one['valuesFile']), ...textsOf(one['additionalValuesFiles'])])),
      ...refer('replacements', listOf(value['replacements']).filter(isMapping).map((one) => textOf(one['path']))),
      ...refer('openapi', isMapping(value['openapi']) ? [textOf(value['openapi']['path'])] : []),
      ...DATA_LISTS.flatMap((as) => refer(as, textsOf(value[as]))),
    ],
    namespace: textOf(value['namespace']) || null,
    namePrefix: textOf(value['namePrefix']),
    nameSuffix: textOf(value['nameSuffix']),
  };
}

function controllerFacts(value: Mapping, lines: LineFinder): readonly ControllerFacts[] {
  const apiVersion = textOf(value['apiVersion']);
  const spec = value['spec'];
  if (!isMapping(spec)) return [];
  const at = (to: string): Reference => ({ to, line: lines(to), as: 'path' });
  if (apiVersion.startsWith('kustomize.toolkit.fluxcd.io/') && value['kind'] === 'Kustomization') {
    const path = textOf(spec['path']);
    return path === '' ? [] : [{ made: 'flux', paths: [at(path)], not: [], isPattern: false, recurse: true }];
  }
  if (!apiVersion.startsWith('argoproj.io/')) return [];
  if (value['kind'] === 'Application') return sourcesOf(spec).map(({ path, recurse }) => ({ made: 'argocd', paths: [at(path)], not: [], isPattern: false, recurse }));
  return value['kind'] === 'ApplicationSet' ? applicationSet(spec, at) : [];
}

function sourcesOf(spec: Mapping): readonly { readonly path: string; readonly recurse: boolean }[] {
  return [spec['source'], ...listOf(spec['sources'])].filter(isMapping).flatMap((source) => {
    const path = textOf(source['path']);
    return path === '' ? [] : [{ path, recurse: isMapping(source['directory']) && source['directory']['recurse'] === true }];
  });
}

const PATH_PARAMETER = /\{\{\s*\.?path(?:\.path)?\s*\}\}/;

function applicationSet(spec: Mapping, at: (to: string) => Reference): readonly ControllerFacts[] {
  const template = isMapping(spec['template']) && isMapping(spec['template']['spec']) ? spec['template']['spec'] : {};
  const sources = sourcesOf(template);
  return generatorsOf(spec['generators'], 0).flatMap((generator): readonly ControllerFacts[] =>
    sources.flatMap(({ path, recurse }): readonly ControllerFacts[] => {
      const git = generator['git'];
      if (isMapping(git) && PATH_PARAMETER.test(path)) {
        const folders = listOf(git['directories']).filter(isMapping);
        const files = listOf(git['files']).filter(isMapping).map((one) => textOf(one['path']).replace(/\/[^/]*$/, ''));
        const paths = [...folders.filter((one) => one['exclude'] !== true).map((one) => textOf(one['path'])), ...files].filter((one) => one !== '');
        const not = folders.filter((one) => one['exclude'] === true).map((one) => textOf(one['path']));
        return [{ made: 'argocd', paths: paths.map((one) => ({ ...at(one), to: path.replace(PATH_PARAMETER, one) })), not, isPattern: true, recurse }];
      }
      const list = generator['list'];
      const filled = isMapping(list) ? listOf(list['elements']).filter(isMapping).map((one) => withParameters(path, one)) : [];
      const known = (filled.length === 0 ? [path] : filled).filter((one) => !one.includes('{{'));
      return known.length === 0 ? [] : [{ made: 'argocd', paths: known.map((to) => ({ ...at(path), to })), not: [], isPattern: false, recurse }];
    }),
  );
}

/** Matrix and merge generators hold others. */
function generatorsOf(value: ManifestValue | undefined, depth: number): readonly Mapping[] {
  if (depth > 2) return [];
  return listOf(value)
    .filter(isMapping)
    .flatMap((one) => [one, ...[one['matrix'], one['merge']].filter(isMapping).flatMap((inner) => generatorsOf(inner['generators'], depth + 1))]);
}

function withParameters(path: string, element: Mapping): string {
  return path.replace(/\{\{\s*\.?([\w.-]+)\s*\}\}/g, (whole, name: string) => (typeof element[name] === 'string' ? element[name] : whole));
}

function composeFacts(value: Mapping, lines: LineFinder): ComposeFacts {
  const services = isMapping(value['services']) ? Object.entries(value['services']) : [];
  return { project: textOf(value['name']) || null, services: services.map(([name, one]) => ({ name, line: lines(`${name}:`), text: sortedText(one) })) };
}

/** The value as JSON with keys in order and without those that say nothing. */
export function sortedText(value: ManifestValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly ManifestValue[]).map(sortedText).join(',')}]`;
  const entries = Object.entries(value as Mapping).filter(([, one]) => one !== null);
  return `{${entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => `${JSON.stringify(key)}:${sortedText(one)}`).join(',')}}`;
}

import { isFilledInLater } from '../validate/check-fields';
import type { Path } from '../manifest/places';
import type { ManifestValue, ReadDocument } from '../types';
import type { FileUse, KustomizationLinks, MadeObject } from './types';
import { list, mapping, text, type Mapping } from './values';

const FAILS = 'kustomize builds nothing of this folder without it.';
const PATCHING = ['patches', 'patchesStrategicMerge', 'patchesJson6902', 'replacements', 'vars', 'transformers', 'components'];
const OPEN = ['helmCharts', 'helmChartInflationGenerator', 'generators'];

/** Reads a kustomization. */
export function kustomizationLinks(documents: readonly ReadDocument[]): KustomizationLinks {
  const value = mapping(documents[0]?.value);
  const files: FileUse[] = [];
  const add = (to: ManifestValue | undefined, wants: FileUse['wants'], path: Path, isOftenMade = false): void => {
    if (typeof to !== 'string' || to === '' || to.includes('\n') || isFilledInLater(to)) return;
    files.push({ document: documents[0]?.index ?? 0, item: null, path, to, wants, fromTop: false, source: null, isOftenMade, why: FAILS });
  };
  for (const field of ['resources', 'bases']) list(value[field]).forEach((one, at) => add(one, 'kustomize', [field, at]));
  list(value['components']).forEach((one, at) => add(one, 'component', ['components', at]));
  for (const field of ['patchesStrategicMerge', 'configurations', 'crds']) list(value[field]).forEach((one, at) => add(one, 'file', [field, at]));
  for (const field of ['generators', 'transformers', 'validators']) list(value[field]).forEach((one, at) => add(one, 'kustomize', [field, at]));
  for (const field of ['patches', 'patchesJson6902', 'replacements']) list(value[field]).forEach((one, at) => add(mapping(one)['path'], 'file', [field, at, 'path']));
  for (const field of ['configMapGenerator', 'secretGenerator']) {
    list(value[field]).forEach((one, at) => {
      const isSecret = field === 'secretGenerator';
      list(mapping(one)['files']).forEach((entry, index) => add(text(entry).slice(text(entry).indexOf('=') + 1), 'file', [field, at, 'files', index], isSecret));
      list(mapping(one)['envs']).forEach((entry, index) => add(entry, 'file', [field, at, 'envs', index], true));
      add(mapping(one)['env'], 'file', [field, at, 'env'], true);
    });
  }
  return {
    isComponent: value['kind'] === 'Component',
    isOpen: OPEN.some((field) => list(value[field]).length > 0),
    patches: PATCHING.some((field) => list(value[field]).length > 0),
    generated: [...generated(value, 'configMapGenerator', 'ConfigMap'), ...generated(value, 'secretGenerator', 'Secret')],
    files,
  };
}

function generated(value: Mapping, field: string, kind: string): readonly MadeObject[] {
  return list(value[field]).flatMap((one) => {
    const name = text(mapping(one)['name']);
    return name === '' ? [] : [{ kind, name, namespace: text(mapping(one)['namespace']), keys: null, ports: null }];
  });
}

/** The folders that an Argo CD Application or a Flux Kustomization applies. */
export function controllerFiles({ value: given, index, item }: ReadDocument): readonly FileUse[] {
  const value = mapping(given);
  const spec = mapping(value['spec']);
  const use = (to: ManifestValue | undefined, source: string, path: Path, why: string): readonly FileUse[] =>
    typeof to !== 'string' || to === '' || source === '' || isFilledInLater(to) || isFilledInLater(source) ? [] : [{ document: index, item, path, to, wants: 'folder', fromTop: true, source, isOftenMade: false, why }];
  const apiVersion = text(value['apiVersion']);
  if (apiVersion.startsWith('kustomize.toolkit.fluxcd.io/') && value['kind'] === 'Kustomization') {
    const from = mapping(spec['sourceRef']);
    return from['kind'] === 'GitRepository' ? use(spec['path'], `flux ${text(from['name'])}`, ['spec', 'path'], 'Flux applies nothing of it.') : [];
  }
  if (!apiVersion.startsWith('argoproj.io/') || value['kind'] !== 'Application') return [];
  const sources = [...(spec['source'] === undefined ? [] : [[mapping(spec['source']), ['spec', 'source']] as const]), ...list(spec['sources']).map((one, at) => [mapping(one), ['spec', 'sources', at]] as const)];
  return sources.flatMap(([source, at]) => (source['chart'] === undefined ? use(source['path'], `argocd ${text(source['repoURL'])}`, [...at, 'path'], 'Argo CD applies nothing of it.') : []));
}

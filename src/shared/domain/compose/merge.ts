import { boolNode, isNull, listNode, mapNode, nodeKey, nullNode, stringNode, type ComposeNode, type ListNode, type MapNode } from './node';
import { PathTable, step, type Branch } from './path-table';
import { compareBytes } from './go-values';
import { composeInvalid, dotted } from './refusals';

type Rule = 'replace' | 'sequence' | 'extra-hosts' | 'build' | 'depends-on' | 'names' | 'logging' | 'ipam';

/** Where merging two files is not plain: compose-spec, 13-merge. */
const RULES = new PathTable<Rule>({
  'networks.*.ipam.config': 'ipam',
  'networks.*.labels': 'sequence',
  'volumes.*.labels': 'sequence',
  'services.*.annotations': 'sequence',
  'services.*.build': 'build',
  'services.*.build.args': 'sequence',
  'services.*.build.additional_contexts': 'sequence',
  'services.*.build.extra_hosts': 'extra-hosts',
  'services.*.build.labels': 'sequence',
  'services.*.command': 'replace',
  'services.*.depends_on': 'depends-on',
  'services.*.deploy.labels': 'sequence',
  'services.*.dns': 'sequence',
  'services.*.dns_opt': 'sequence',
  'services.*.dns_search': 'sequence',
  'services.*.entrypoint': 'replace',
  'services.*.env_file': 'sequence',
  'services.*.label_file': 'sequence',
  'services.*.environment': 'sequence',
  'services.*.extra_hosts': 'extra-hosts',
  'services.*.healthcheck.test': 'replace',
  'services.*.labels': 'sequence',
  'services.*.volumes.*.volume.labels': 'sequence',
  'services.*.logging': 'logging',
  'services.*.models': 'names',
  'services.*.networks': 'names',
  'services.*.sysctls': 'sequence',
  'services.*.tmpfs': 'sequence',
  'services.*.ulimits.*': 'replace',
});

/** Lays `over` on `base` (both are used up) and returns the merged tree. */
export function mergeFiles(base: MapNode, over: MapNode): MapNode {
  return mergeMaps(base, over, RULES.start(), []);
}

/** Merges two definitions of one thing, such as a service with what it extends. */
export function mergeAt(path: readonly string[], base: ComposeNode, over: ComposeNode): ComposeNode {
  let branch: Branch<Rule> | undefined = RULES.start();
  for (const key of path) branch = step(branch, key);
  return mergeNodes(base, over, branch, path);
}

function mergeNodes(base: ComposeNode, over: ComposeNode, branch: Branch<Rule> | undefined, path: readonly string[]): ComposeNode {
  if (branch?.value !== undefined) return applyRule(branch.value, base, over, branch, path);
  if (isNull(over)) return base;
  if (base.kind === 'map') {
    if (over.kind !== 'map') throw cannotOverride(over, path);
    return mergeMaps(base, over, branch, path);
  }
  if (base.kind === 'list') {
    if (over.kind !== 'list') throw cannotOverride(over, path);
    return listNode([...base.items, ...over.items], over.at);
  }
  return over;
}

function cannotOverride(over: ComposeNode, path: readonly string[]) {
  return composeInvalid(`${dotted(path)} cannot be merged with the earlier file: the two are of different kinds.`, over.at);
}

function mergeMaps(base: MapNode, over: MapNode, branch: Branch<Rule> | undefined, path: readonly string[]): MapNode {
  const merged = mapNode(base.entries, over.at);
  for (const [key, value] of over.entries) {
    const existing = merged.entries.get(key);
    merged.entries.set(key, existing === undefined ? value : mergeNodes(existing, value, step(branch, key), [...path, key]));
  }
  return merged;
}

function applyRule(rule: Rule, base: ComposeNode, over: ComposeNode, branch: Branch<Rule>, path: readonly string[]): ComposeNode {
  switch (rule) {
    case 'replace':
      return over;
    case 'sequence':
      return listNode([...asSequence(base).items, ...asSequence(over).items], over.at);
    case 'extra-hosts': {
      const first = asSequence(base).items;
      const known = new Set(first.map(nodeKey));
      return listNode([...first, ...asSequence(over).items.filter((item) => !known.has(nodeKey(item)))], over.at);
    }
    case 'build':
      return mergeMaps(asBuild(base), asBuild(over), branch, path);
    case 'depends-on':
      return mergeMaps(asNames(base, true), asNames(over, true), branch, path);
    case 'names':
      return mergeMaps(asNames(base, false), asNames(over, false), branch, path);
    case 'logging':
      return mergeLogging(base, over, branch, path);
    case 'ipam':
      return mergePools(base, over, branch, path);
  }
}

/** `{a: 1, b: null}` as `[a=1, b]`, sorted; a lone text as a list of one. */
export function asSequence(node: ComposeNode): ListNode {
  if (node.kind === 'list') return node;
  if (node.kind === 'scalar') return listNode(node.type === 'string' ? [node] : [], node.at);
  const items: ComposeNode[] = [];
  for (const [key, value] of node.entries) {
    if (isNull(value)) items.push(stringNode(key, value.at));
    else if (value.kind === 'list') for (const item of value.items) items.push(stringNode(`${key}=${item.kind === 'scalar' ? item.text : nodeKey(item)}`, item.at));
    else items.push(stringNode(`${key}=${value.kind === 'scalar' ? value.text : nodeKey(value)}`, value.at));
  }
  items.sort((left, right) => compareBytes(left.kind === 'scalar' ? left.text : '', right.kind === 'scalar' ? right.text : ''));
  return listNode(items, node.at);
}

function asBuild(node: ComposeNode): MapNode {
  if (node.kind === 'map') return node;
  return mapNode(node.kind === 'scalar' && node.type === 'string' ? [['context', node]] : [], node.at);
}

/** `[a, b]` as `{a: …, b: …}`; a dependency gets compose's defaults. */
export function asNames(node: ComposeNode, dependency: boolean): MapNode {
  if (node.kind === 'map') return node;
  if (node.kind !== 'list') return mapNode([], node.at);
  return mapNode(
    node.items.map((item) => [item.kind === 'scalar' ? item.text : nodeKey(item), dependency ? dependencyDefaults(item) : nullNode(item.at)] as const),
    node.at,
  );
}

function dependencyDefaults(item: ComposeNode): MapNode {
  return mapNode([['condition', stringNode('service_started', item.at)], ['required', boolNode(true, item.at)]], item.at);
}

/** Options are merged only when both name the same driver or one names none. */
function mergeLogging(base: ComposeNode, over: ComposeNode, branch: Branch<Rule>, path: readonly string[]): ComposeNode {
  if (base.kind !== 'map' || over.kind !== 'map') return isNull(over) ? base : over;
  const left = base.entries.get('driver');
  const right = over.entries.get('driver');
  return left === undefined || right === undefined || nodeKey(left) === nodeKey(right) ? mergeMaps(base, over, branch, path) : over;
}

/** Address pools are one per subnet. */
function mergePools(base: ComposeNode, over: ComposeNode, branch: Branch<Rule>, path: readonly string[]): ComposeNode {
  if (base.kind !== 'list' || over.kind !== 'list') throw cannotOverride(over, path);
  const subnet = (node: ComposeNode): string => {
    const found = node.kind === 'map' ? node.entries.get('subnet') : undefined;
    return found === undefined ? '' : nodeKey(found);
  };
  const pools: MapNode[] = [];
  const put = (pool: MapNode): void => {
    const index = pools.findIndex((known) => subnet(known) === subnet(pool));
    if (index === -1) pools.push(pool);
    else pools[index] = pool;
  };
  for (const original of base.items) {
    let left = asNames(original, false);
    for (const item of over.items) {
      const right = asNames(item, false);
      if (subnet(right) !== subnet(left) && !pools.some((known) => subnet(known) === subnet(right))) {
        pools.push(right);
        continue;
      }
      left = mergeMaps(left, right, branch, path);
      put(left);
    }
  }
  return listNode(pools, over.at);
}

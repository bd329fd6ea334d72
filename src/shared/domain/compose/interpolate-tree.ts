import { parseBoolean, parseFloatText, parseInteger } from './go-values';
import { interpolate, TemplateError } from './interpolate';
import type { Lookup } from './environment';
import { boolNode, intNode, stringNode, type At, type ComposeNode, type ScalarNode } from './node';
import { PathTable, step, type Branch } from './path-table';
import { composeInvalid, dotted } from './refusals';
import type { VariableRecorder } from './variables';

type Cast = 'bool' | 'int' | 'float';

const service = (paths: { readonly [path: string]: Cast }): { readonly [path: string]: Cast } =>
  Object.fromEntries(Object.entries(paths).map(([path, cast]) => [`services.*.${path}`, cast]));

/** Places whose text becomes a number or a boolean after interpolation. */
const CASTS = new PathTable<Cast>({
  ...service({
    cpu_count: 'int', cpu_percent: 'float', cpu_period: 'int', cpu_quota: 'int', cpu_rt_period: 'int', cpu_rt_runtime: 'int', cpus: 'float', cpu_shares: 'int',
    init: 'bool', 'depends_on.*.required': 'bool', 'depends_on.*.restart': 'bool',
    'deploy.replicas': 'int', 'deploy.update_config.parallelism': 'int', 'deploy.update_config.max_failure_ratio': 'float',
    'deploy.rollback_config.parallelism': 'int', 'deploy.rollback_config.max_failure_ratio': 'float',
    'deploy.restart_policy.max_attempts': 'int', 'deploy.placement.max_replicas_per_node': 'int',
    'healthcheck.retries': 'int', 'healthcheck.disable': 'bool', oom_kill_disable: 'bool', oom_score_adj: 'int', pids_limit: 'int',
    'ports.[].target': 'int', privileged: 'bool', read_only: 'bool', scale: 'int', stdin_open: 'bool', tty: 'bool',
    'ulimits.*': 'int', 'ulimits.*.hard': 'int', 'ulimits.*.soft': 'int', 'volumes.[].read_only': 'bool', 'volumes.[].volume.nocopy': 'bool',
  }),
  'networks.*.external': 'bool', 'networks.*.internal': 'bool', 'networks.*.attachable': 'bool', 'networks.*.enable_ipv4': 'bool', 'networks.*.enable_ipv6': 'bool',
  'volumes.*.external': 'bool', 'secrets.*.external': 'bool', 'configs.*.external': 'bool',
});

/** Replaces variables in every value of a tree (never in keys) and casts where compose does. Throws compose-invalid with the place. */
export function interpolateTree(root: ComposeNode, lookup: Lookup, warn: (text: string) => void, recorder?: VariableRecorder): ComposeNode {
  return walk(root, CASTS.start(), [], { lookup, warn, recorder });
}

/** Replaces variables in one text outside a tree. */
export function interpolateText(text: string, at: At, path: readonly string[], lookup: Lookup, warn: (text: string) => void, recorder?: VariableRecorder): string {
  const unset = new Set<string>();
  try {
    const replaced = interpolate(text, lookup, (name) => {
      unset.add(name);
      warn(`The variable ${name} is not set; it is used as an empty text.`);
    });
    if (text.includes('$')) recorder?.noteText(text, at, path, unset);
    return replaced;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    if (error.kind === 'invalid') throw composeInvalid(`${dotted(path)} has an invalid variable in "${shorten(error.message)}".`, at, 'Write $$ for a plain dollar sign.');
    throw composeInvalid(`${dotted(path)}: ${error.message}`, at, error.kind === 'required' ? 'Set it in the .env file or in the environment.' : undefined);
  }
}

interface Walk {
  readonly lookup: Lookup;
  readonly warn: (text: string) => void;
  readonly recorder: VariableRecorder | undefined;
}

function walk(node: ComposeNode, branch: Branch<Cast> | undefined, path: readonly string[], walking: Walk): ComposeNode {
  switch (node.kind) {
    case 'map':
      for (const [key, value] of node.entries) node.entries.set(key, walk(value, step(branch, key), [...path, key], walking));
      return node;
    case 'list':
      node.items.forEach((item, index) => {
        node.items[index] = walk(item, step(branch, '[]'), [...path, String(index)], walking);
      });
      return node;
    case 'scalar': {
      if (node.type !== 'string') return node;
      const replaced = interpolateText(node.text, node.at, path, walking.lookup, walking.warn, walking.recorder);
      return branch?.value === undefined ? (replaced === node.text ? node : stringNode(replaced, node.at)) : castText(replaced, branch.value, node.at, path, walking.warn);
    }
  }
}

function castText(text: string, cast: Cast, at: At, path: readonly string[], warn: (text: string) => void): ScalarNode {
  if (cast === 'bool') {
    const parsed = parseBoolean(text);
    if (parsed === undefined) throw composeInvalid(`${dotted(path)} must be true or false, but it is "${shorten(text)}".`, at);
    if (parsed.old) warn(`${dotted(path)} is "${text}": write ${String(parsed.value)}.`);
    return boolNode(parsed.value, at);
  }
  const number = cast === 'int' ? parseInteger(text) : parseFloatText(text);
  if (number === undefined) throw composeInvalid(`${dotted(path)} must be a number, but it is "${shorten(text)}".`, at);
  return cast === 'int' ? intNode(number, at) : { kind: 'scalar', type: 'float', value: number, text: String(number), at };
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

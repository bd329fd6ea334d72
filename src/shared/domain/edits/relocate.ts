import { splitColons } from '../checks/compose-edit';
import { isWithin } from '../checks/host-path';
import type { YamlEditOutcome } from '../yaml/edit-yaml';
import { rewriteScalars, type ScalarPattern, type SeenScalar } from '../yaml/rewrite-scalars';
import { relativeTo, resolveFrom } from './paths';

/** A folder that was moved; absolute paths. */
export interface Relocation {
  readonly from: string;
  readonly to: string;
}

/** How one compose file is read: where its relative paths begin, and the contexts its services have. */
export interface RelocateInput {
  readonly baseDir: string;
  /** Absolute; undefined for a service without a build, or with one that is elsewhere. */
  contextOf(service: string): string | undefined;
  /** Where a path of the host is now; undefined for what did not move. Asked of each path that lies in the moved folder. */
  moved(path: string): string | undefined;
  /** Paths inside containers that are called as the folder was follow too. */
  readonly targets: Relocation | null;
}

const SERVICE = ['services', '*'] as const;
const PLAIN: readonly ScalarPattern[] = [
  [...SERVICE, 'build'],
  [...SERVICE, 'build', 'context'],
  [...SERVICE, 'env_file'],
  [...SERVICE, 'env_file', '*'],
  [...SERVICE, 'env_file', '*', 'path'],
  [...SERVICE, 'label_file'],
  [...SERVICE, 'label_file', '*'],
  [...SERVICE, 'extends', 'file'],
  [...SERVICE, 'develop', 'watch', '*', 'path'],
  ['configs', '*', 'file'],
  ['secrets', '*', 'file'],
  ['volumes', '*', 'driver_opts', 'device'],
  ['include'],
  ['include', '*'],
  ['include', '*', 'path'],
  ['include', '*', 'path', '*'],
];
const CONTEXTS: ScalarPattern = [...SERVICE, 'build', 'additional_contexts', '*'];
const DOCKERFILE: ScalarPattern = [...SERVICE, 'build', 'dockerfile'];
const SHORT_MOUNT: ScalarPattern = [...SERVICE, 'volumes', '*'];
const SOURCE: ScalarPattern = [...SERVICE, 'volumes', '*', 'source'];
const TARGET: ScalarPattern = [...SERVICE, 'volumes', '*', 'target'];

/** Writes the new place of every path of a compose file that pointed into the moved folder. */
export function relocate(text: string, input: RelocateInput): YamlEditOutcome {
  return rewriteScalars(text, [...PLAIN, CONTEXTS, DOCKERFILE, SHORT_MOUNT, SOURCE, TARGET], (scalar) => {
    const keys = scalar.path.map((key) => (typeof key === 'number' ? '*' : key));
    if (scalar.value.includes('://')) return undefined;
    if (matches(keys, SHORT_MOUNT)) return shortMount(scalar.value, input);
    if (matches(keys, SOURCE)) return scalar.beside('type') === 'bind' ? movedPath(scalar.value, input.baseDir, input) : undefined;
    if (matches(keys, TARGET)) return longTarget(scalar, input);
    if (matches(keys, DOCKERFILE)) return movedDockerfile(scalar.value, input.contextOf(String(scalar.path[1])), input);
    if (matches(keys, CONTEXTS) && typeof scalar.path.at(-1) === 'number') {
      const at = scalar.value.indexOf('=') + 1;
      const moved = movedPath(scalar.value.slice(at), input.baseDir, input);
      return moved === undefined ? undefined : scalar.value.slice(0, at) + moved;
    }
    return movedPath(scalar.value, input.baseDir, input);
  });
}

function matches(keys: readonly string[], pattern: ScalarPattern): boolean {
  return keys.length === pattern.length && pattern.every((part, index) => part === '*' || part === keys[index]);
}

/** The path in the way it was written: absolute or relative, with or without `./` and a slash at the end. */
function movedPath(written: string, baseDir: string, input: Pick<RelocateInput, 'moved'>): string | undefined {
  if (written === '' || written.includes('$') || written.startsWith('~') || /^[\w+.-]+:[^\\/]/.test(written)) return undefined;
  const to = input.moved(resolveFrom(baseDir, written));
  if (to === undefined) return undefined;
  const end = /[\\/]$/.test(written) ? '/' : '';
  if (/^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(written)) return `${to}${end}`;
  const path = relativeTo(baseDir, to);
  return `${written.startsWith('.') && !path.startsWith('.') ? './' : ''}${path}${end}`;
}

/** A Dockerfile's path begins at the context, which may move itself. */
export function movedDockerfile(written: string, context: string | undefined, input: Pick<RelocateInput, 'moved'>): string | undefined {
  if (context === undefined || written.includes('$')) return undefined;
  const old = resolveFrom(context, written);
  const now = input.moved(old) ?? old;
  const newContext = input.moved(context) ?? context;
  if (resolveFrom(newContext, written) === now) return undefined;
  if (/^(?:\/|[A-Za-z]:[\\/])/.test(written)) return now;
  const path = relativeTo(newContext, now);
  return written.startsWith('./') && !path.startsWith('.') ? `./${path}` : path;
}

function shortMount(written: string, input: RelocateInput): string | undefined {
  const [source = '', target, ...rest] = splitColons(written);
  // A name without a path is a volume.
  if (target === undefined || !/^[./]/.test(source)) return undefined;
  const moved = movedPath(source, input.baseDir, input);
  return moved === undefined ? undefined : [moved, movedTarget(target, input.targets), ...rest].join(':');
}

function longTarget(scalar: SeenScalar, input: RelocateInput): string | undefined {
  const source = scalar.beside('source');
  if (scalar.beside('type') !== 'bind' || typeof source !== 'string' || movedPath(source, input.baseDir, input) === undefined) return undefined;
  return movedTarget(scalar.value, input.targets);
}

/** A path inside a container that ends, or goes on, as the moved folder was called: what is new of the folder's path is new there too. */
export function movedTarget(target: string, targets: Relocation | null): string {
  if (targets === null) return target;
  const [from, to] = tailsOf(targets);
  const parts = target.split('/');
  const at = parts.findIndex((_, index) => from.length > 0 && from.every((part, offset) => parts[index + offset] === part));
  return at === -1 ? target : [...parts.slice(0, at), ...to, ...parts.slice(at + from.length)].join('/');
}

/** Both paths without the folders they begin with in common. */
function tailsOf({ from, to }: Relocation): readonly [readonly string[], readonly string[]] {
  const left = from.split(/[\\/]+/);
  const right = to.split(/[\\/]+/);
  let same = 0;
  while (same < left.length - 1 && same < right.length - 1 && left[same] === right[same]) same += 1;
  return [left.slice(same), right.slice(same)];
}

/** The new place of a path in the moved folder; undefined outside of it. */
export function placeAfter(path: string, { from, to }: Relocation): string | undefined {
  if (!isWithin(from, path)) return undefined;
  const rest = relativeTo(from, path);
  return rest === '.' ? to : `${to}/${rest}`;
}

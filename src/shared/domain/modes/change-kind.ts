import { buildPartsOf } from './build-identity';
import type { ContainerStep } from './decide-switch';
import { BERTH_LABEL } from './naming';
import type { ChangeKind, FieldDifference } from './plan';
import { isInherited } from './recreate-reasons';

/** What is known of a service besides its step. */
export interface KindFacts {
  /** The files still have the service. */
  readonly isInFiles: boolean;
  /** It has other containers already. */
  readonly hasOthers: boolean;
  /** What its image would be built from now; empty where it is not built, or it cannot be told. */
  readonly builtNow: string;
}

/**
 * Which kind of edit makes a step necessary, for steps of the mode that runs. Where there are several, the one that says
 * most: folders that moved, then what has to be installed, then the inner order of the code, then its content, then settings.
 */
export function changeKind(step: ContainerStep, facts: KindFacts): ChangeKind {
  if (step.action === 'remove') return facts.isInFiles ? 'settings' : 'removed';
  if (step.action === 'create') return facts.hasOthers ? 'settings' : 'added';
  if (step.action === 'start') return 'stopped';
  if (step.reasons.length > 0 && step.reasons.every(isInherited)) return 'follows';
  const built = builtKind(step.old?.labels[BERTH_LABEL.build] ?? '', facts.builtNow);
  if (built === 'directories' || built === 'dependencies') return built;
  return movedMount(step.differences) ? 'restructured' : (built ?? 'settings');
}

/** How the build differs from the one the container runs from; null where it does not. */
function builtKind(before: string, now: string): ChangeKind | null {
  if (now === '' || before === now) return null;
  const [old, next] = [buildPartsOf(before), buildPartsOf(now)];
  if (old === null || next === null) return 'rebuilt';
  if (old.place !== next.place) return 'directories';
  if (old.manifests !== next.manifests) return 'dependencies';
  return old.names === next.names ? 'rebuilt' : 'restructured';
}

/** True when a folder or file of the host is mounted from another place than before: the same path inside, or the same name. */
function movedMount(differences: readonly FieldDifference[]): boolean {
  const mounts = differences.filter((one) => one.field === 'mount');
  const gone = mounts.flatMap((one) => mountOf(one.from));
  const added = mounts.flatMap((one) => mountOf(one.to));
  return gone.some((old) => added.some((next) => old.source !== next.source && (old.target === next.target || nameOf(old.source) === nameOf(next.source))));
}

/** A mount of a host path out of its short form; nothing for a volume. */
function mountOf(text: string): readonly { readonly source: string; readonly target: string }[] {
  const match = /^(\.{0,2}\/[^:]*|\.):([^:]+)(?::ro)?$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? [] : [{ source: match[1], target: match[2] }];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

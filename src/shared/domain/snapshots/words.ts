import { listed } from '../storage/conflict-model';
import type { SnapshotConsistency, SnapshotPartKind } from './types';

/** Why a snapshot was made, by the kind of the operation it was made before. */
export const REASON_WORDS = {
  manual: 'by hand',
  schedule: 'on schedule',
  'modes.switch': 'before a switch',
  'projects.clean': 'before a clean-up',
  'snapshots.restore': 'before a restore',
  import: 'imported',
  'checks.fix': 'before a fix',
  'checks.robustness': 'for the robustness run',
  'changes.deploy': 'before a deploy',
  'services.rebuild': 'before a rebuild',
} as const;

/** Why a snapshot was made, in a few words. */
export function reasonWords(reason: string): string {
  return (REASON_WORDS as { readonly [reason: string]: string })[reason] ?? `before ${(reason.split('.').at(-1) ?? reason).replaceAll('-', ' ')}`;
}

/** Parts that a snapshot has one of, by kind and name. */
export const WHOLE_PARTS = { 'files compose': 'Compose files', 'files env': 'Env files', 'settings project': 'Settings', 'containers containers': 'Containers', 'images images': 'Images' } as const;

/** A part as people call it: a volume, folder or bucket by its own name. */
export function partWords({ kind, name }: { readonly kind: SnapshotPartKind; readonly name: string }): string {
  return (WHOLE_PARTS as { readonly [part: string]: string })[`${kind} ${name}`] ?? name;
}

/** The word that chooses a part in an input: `volume:shop_data`, `files`. Images go with their containers. */
export function partChoice({ kind, name }: { readonly kind: SnapshotPartKind; readonly name: string }): string {
  if (kind === 'volume' || kind === 'bind' || kind === 'bucket') return `${kind}:${name}`;
  return kind === 'images' ? 'containers' : kind;
}

/** How the contents of a part were read. */
export const CONSISTENCY_WORDS: { readonly [C in SnapshotConsistency]: string } = {
  hook: 'flushed, then paused',
  stopped: 'stopped while read',
  paused: 'paused while read',
  live: 'read while in use',
  none: 'nothing wrote to it',
};

/** Why something could write to a place while it was read. `what`: of one, and of several. */
export interface NotHeld {
  readonly who: string;
  readonly what: readonly [string, string];
}

/** What can become of a writer that was to be held. */
export const NOT_HELD = {
  notPaused: ['could not be paused', 'could not be paused'],
  letGo: ['was let go by somebody else', 'were let go by somebody else'],
  started: ['was started meanwhile', 'were started meanwhile'],
} as const;

/** Why, in half a sentence: who has the same reason is named together. */
export function notHeldWords(reasons: readonly NotHeld[]): string {
  const groups = [...new Set(reasons.map(({ what }) => what[0]))].map((first) => {
    const same = reasons.filter(({ what }) => what[0] === first);
    const who = [...new Set(same.map((one) => one.who))];
    return `${listed(who)} ${who.length === 1 ? first : (same[0]?.what[1] ?? first)}`;
  });
  return groups.join(', and ');
}

/** Databases that are only paused, because they did not answer. */
export function notTold(services: readonly string[], place: string): string {
  const names = [...new Set(services)];
  return `${listed(names)} could not be told to write everything down and ${names.length === 1 ? 'was' : 'were'} only paused: ${place} is as after a power cut.`;
}

/** What a plan of a restore says of a part. */
export interface PlannedStep {
  readonly kind: SnapshotPartKind;
  readonly action: 'same' | 'replace' | 'create' | 'remove' | 'skip';
}

/** How many volumes and how many other parts a restore would change. */
export function changedParts(steps: readonly PlannedStep[]): { readonly volumes: number; readonly others: number } {
  const changes = steps.filter((step) => step.action === 'replace' || step.action === 'create' || step.action === 'remove');
  const volumes = changes.filter((step) => step.kind === 'volume').length;
  return { volumes, others: changes.length - volumes };
}

/** What a restore would do, in one sentence. */
export function restoreWords(steps: readonly PlannedStep[], services: readonly string[]): string {
  const { volumes, others } = changedParts(steps);
  if (volumes + others === 0) return 'Everything is as it was: a restore changes nothing.';
  const parts = [volumes === 0 ? [] : [counted(volumes, 'volume')], others === 0 ? [] : [counted(others, volumes === 0 ? 'part' : 'other part')]].flat();
  const change = `${parts.join(' and ')} ${volumes + others === 1 ? 'changes' : 'change'}`;
  return `${change}; ${services.length === 0 ? 'nothing stops' : `${listed(services)} ${services.length === 1 ? 'is' : 'are'} down meanwhile`}.`;
}

function counted(number: number, word: string): string {
  return `${String(number)} ${word}${number === 1 ? '' : 's'}`;
}

import { listed } from '../storage/conflict-model';
import type { SnapshotConsistency, SnapshotPartKind } from './types';

const REASONS: { readonly [reason: string]: string } = {
  manual: 'by hand',
  schedule: 'on schedule',
  'modes.switch': 'before a switch',
  'projects.clean': 'before a clean-up',
  'snapshots.restore': 'before a restore',
  'snapshots.import': 'imported',
  'checks.fix': 'before a fix',
  'checks.robustness': 'for the robustness run',
  'changes.deploy': 'before a deploy',
  'services.rebuild': 'before a rebuild',
};

/** Why a snapshot was made, in a few words. */
export function reasonWords(reason: string): string {
  return REASONS[reason] ?? `before ${(reason.split('.').at(-1) ?? reason).replaceAll('-', ' ')}`;
}

const WHOLE_PARTS: { readonly [part: string]: string } = { 'files compose': 'Compose files', 'files env': 'Env files', 'settings project': 'Settings', 'containers containers': 'Containers', 'images images': 'Images' };

/** A part as people call it: a volume, folder or bucket by its own name. */
export function partWords({ kind, name }: { readonly kind: SnapshotPartKind; readonly name: string }): string {
  return WHOLE_PARTS[`${kind} ${name}`] ?? name;
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

interface PlannedStep {
  readonly kind: SnapshotPartKind;
  readonly action: 'same' | 'replace' | 'create' | 'remove' | 'skip';
}

/** What a restore would do, in one sentence. */
export function restoreWords(steps: readonly PlannedStep[], services: readonly string[]): string {
  const changes = steps.filter((step) => step.action === 'replace' || step.action === 'create' || step.action === 'remove');
  if (changes.length === 0) return 'Everything is as it was: a restore changes nothing.';
  const volumes = changes.filter((step) => step.kind === 'volume').length;
  const others = changes.length - volumes;
  const parts = [volumes === 0 ? [] : [counted(volumes, 'volume')], others === 0 ? [] : [counted(others, volumes === 0 ? 'part' : 'other part')]].flat();
  const change = `${parts.join(' and ')} ${changes.length === 1 ? 'changes' : 'change'}`;
  return `${change}; ${services.length === 0 ? 'nothing stops' : `${listed(services)} ${services.length === 1 ? 'is' : 'are'} down meanwhile`}.`;
}

function counted(number: number, word: string): string {
  return `${String(number)} ${word}${number === 1 ? '' : 's'}`;
}

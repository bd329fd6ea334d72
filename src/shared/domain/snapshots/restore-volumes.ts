import type { ObservedContainer } from '../engine/observed';
import { isOfFolder } from '../modes/active-mode';
import { BERTH_LABEL } from '../modes/naming';
import type { Manifest, VolumeFacts } from './types';
import { givenBack } from './volume-options';

/** Labels of a volume that holds what a restore replaced; it goes when the retention says so. */
export const REPLACED_LABELS = {
  of: 'dev.berth.replaced-of',
  since: 'dev.berth.replaced-since',
  snapshot: 'dev.berth.replaced-snapshot',
} as const;

/** The name a volume is staged under: the old contents end there. `word` tells several of one volume apart. */
export function stagedName(volume: string, operationId: string, word = ''): string {
  return `${volume}__berth_${operationId.slice(-8).toLowerCase()}${word}`;
}

/** Labels of a staged volume; whose it is stands in the first, so that it is never taken for somebody else's. */
export function stagedLabels(project: string, volume: string, snapshotId: string, sinceIso: string): { readonly [name: string]: string } {
  return { 'dev.berth.project': project, [REPLACED_LABELS.of]: volume, [REPLACED_LABELS.since]: sinceIso, [REPLACED_LABELS.snapshot]: snapshotId };
}

/** Who has a volume: containers of the project, which a restore may stop, and those of others, which it may not. */
export function usersOf(volume: string, project: { readonly name: string; readonly dir: string }, containers: readonly ObservedContainer[]): { readonly own: readonly ObservedContainer[]; readonly others: readonly ObservedContainer[] } {
  const users = containers.filter((one) => one.mounts.some((mount) => mount.type === 'volume' && mount.source === volume));
  const own = users.filter((one) => one.project === project.name && isOfFolder(project.dir, one));
  return { own, others: users.filter((one) => !own.includes(one)) };
}

/** What two volumes hold, told by the folders they have. */
export type ExchangeState = 'not-yet' | 'done' | 'gone' | 'unknown';

/** Where an exchange stands: the journal has both identities of before, the engine says which is where now. */
export function exchangeState(intent: { readonly volume: string; readonly staged: string; readonly volumeHad: string; readonly stagedHad: string }, now: ReadonlyMap<string, string>): ExchangeState {
  const [volume, staged] = [now.get(intent.volume), now.get(intent.staged)];
  if (volume === undefined || staged === undefined) return 'gone';
  if (volume === intent.volumeHad && staged === intent.stagedHad) return 'not-yet';
  return volume === intent.stagedHad && staged === intent.volumeHad ? 'done' : 'unknown';
}

/** Labels and options of a volume that no file of the project names any more, as the snapshot has them. */
export function payloadOfFacts(facts: VolumeFacts, project: string): { readonly Driver: string; readonly DriverOpts: { readonly [name: string]: string }; readonly Labels: { readonly [name: string]: string } } {
  const labels = Object.fromEntries(Object.entries(givenBack(facts.labels)).filter(([name]) => name !== BERTH_LABEL.transaction && !Object.values<string>(REPLACED_LABELS).includes(name)));
  const owner = labels['com.docker.compose.project'] === undefined ? 'dev.berth.project' : 'com.docker.compose.project';
  return { Driver: facts.driver === '' ? 'local' : facts.driver, DriverOpts: facts.options, Labels: { ...labels, [owner]: project } };
}

/** Services that are down while these volumes are exchanged. */
export function servicesOfVolumes(users: readonly Pick<ObservedContainer, 'service'>[]): readonly string[] {
  return [...new Set(users.map((one) => one.service))].sort();
}

/** Volumes of a manifest, with their facts. */
export function volumeParts(parts: Manifest['parts']): readonly (Manifest['parts'][number] & { readonly facts: VolumeFacts })[] {
  return parts.filter((one): one is Manifest['parts'][number] & { readonly facts: VolumeFacts } => one.kind === 'volume');
}

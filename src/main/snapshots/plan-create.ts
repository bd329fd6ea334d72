import { consistencyDetail, type Hold } from '@shared/domain/snapshots/consistency';
import type { SnapshotConsistency } from '@shared/domain/snapshots/types';
import type { Handlers } from '@main/dispatch/types';
import { notReadable } from './gather-places';
import { placeOf, planGathering, seeProject } from './gather-project';
import type { CreateDependencies, CreateRequest, PlannedPart, SeenProject } from './gather-types';

const WORDS: { readonly [part: string]: string } = {
  'files:compose': 'Compose files with what they include, Dockerfiles and berth.yaml.',
  'files:env': 'Env files and secrets, always encrypted.',
  'settings:project': 'What Berth keeps of the project, its trust left out.',
  'containers:containers': 'The settings of every container, encrypted.',
  'images:images': 'Which image every service has, by id and digest. The images themselves are not in it.',
};

/** What a manual snapshot would hold, and what is held for it. Places that are not chosen are told of as if they were. */
export function planCreate(deps: Pick<CreateDependencies, 'projects' | 'engine' | 'activeMode' | 'notes' | 'volumeSizes'>): Handlers['snapshots.plan-create'] {
  return async ({ project }) => {
    const seen = await seeProject(deps, project);
    const settings = await deps.notes.settings(seen.project.id);
    const request: CreateRequest = { tag: null, reason: 'manual', before: null, volumes: true, only: null, binds: [], buckets: [], consistency: null, repository: null };
    const plan = planGathering(seen, request, settings);
    const ticked = planGathering(seen, { ...request, binds: seen.binds.map((bind) => bind.facts.source) }, settings);
    const sizes = (await deps.volumeSizes?.()) ?? new Map<string, number>();
    const notes = [...plan.notes];
    const parts = [];
    for (const part of plan.parts) {
      const { consistency, detail } = heldFor(seen, part, part.chosen ? plan.holds : ticked.holds);
      const why = part.kind === 'bind' ? await notReadable(placeOf(seen, part), seen.project.id) : null;
      if (why !== null) notes.push(why);
      else parts.push({ kind: part.kind, name: part.name, chosen: part.chosen, consistency, detail, services: [...part.services], sizeBytes: part.kind === 'volume' ? (sizes.get(part.name) ?? null) : null });
    }
    if (seen.authorization.trustedFactKeys === null) notes.push('The project is not trusted yet: its volumes are read only once it is.');
    return { parts, notes };
  };
}

function heldFor(seen: SeenProject, part: PlannedPart, holds: readonly Hold[]): { readonly consistency: SnapshotConsistency; readonly detail: string } {
  const words = WORDS[`${part.kind}:${part.name}`];
  if (words !== undefined) return { consistency: 'none', detail: words };
  const place = placeOf(seen, part);
  const hold = holds.find((one) => one.places.some((other) => other.place.kind === place.kind && other.place.name === place.name));
  const consistency = hold?.places.find((other) => other.place.name === place.name)?.consistency ?? 'none';
  const filter = part.facts['filtered'] === true ? ' What workspaces leave out is left out here too.' : '';
  return { consistency, detail: `${consistencyDetail(consistency, hold?.steps ?? [])}${filter}` };
}

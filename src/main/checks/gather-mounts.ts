import { bindsOf } from '@shared/domain/checks/bind-uses';
import type { SourceFact, StaleMount } from '@shared/domain/checks/facts';
import { isWithin, lastSegment } from '@shared/domain/checks/host-path';
import { kindToCreate, looksLikeFile } from '@shared/domain/checks/target-shape';
import { profileFile, securityProfiles } from '@shared/domain/modes/security-profiles';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { judgeMount } from '@shared/domain/monitor/mounts';
import type { MountLooker } from '@main/platform/mount-look';
import type { SourceDoor } from '@main/platform/mount-source';
import type { MovedFinder } from '@main/platform/moved-sources';
import type { LoadedMode } from '@main/projects/types';

/** What the disk says of every bind source and every file of a secret, a config or a security profile. */
export async function gatherSources(sources: SourceDoor, findMoved: MovedFinder | undefined, loaded: LoadedMode): Promise<ReadonlyMap<string, SourceFact>> {
  const { model, projectDir } = loaded.compose;
  const objects = [...Object.values(model.secrets), ...Object.values(model.configs)].flatMap((object) => (object.file === undefined ? [] : [object.file]));
  const files = [...objects, ...Object.values(model.services).flatMap((service) => securityProfiles(service).map(({ path }) => profileFile(projectDir, path)))];
  const uses = bindsOf(model.services);
  const paths = new Set([...uses.map((use) => use.source), ...files]);
  const facts = new Map(await Promise.all([...paths].map(async (path) => [path, await sources.inspect(path)] as const)));
  // A folder that stands where a file is meant may hold just that file.
  const inside = new Set(uses.flatMap(({ source, mount }) => (facts.get(source)?.kind === 'directory' && facts.get(source)?.state === 'present' && looksLikeFile(mount.target) ? [`${source.replace(/\/+$/, '')}/${lastSegment(mount.target)}`] : [])));
  for (const path of inside) if (!facts.has(path)) facts.set(path, await sources.inspect(path));
  const lost = uses.filter(({ source }) => facts.get(source)?.state === 'missing' && facts.get(source)?.otherCase === undefined && isWithin(projectDir, source));
  if (findMoved === undefined || lost.length === 0) return facts;
  const moved = await findMoved({ projectDir, lost: lost.map((use) => ({ path: use.source, kind: kindToCreate(use.source, use.mount.target) })), taken: paths, isTrusted: loaded.authorization.trustedFactKeys !== null });
  for (const [path, movedTo] of moved) {
    const fact = facts.get(path);
    if (fact !== undefined) facts.set(path, { ...fact, movedTo });
  }
  return facts;
}

/** Files and folders that running containers hold and that are another one on the host now. Where this process may not look into a container nothing is said. */
export async function gatherStaleMounts(looker: MountLooker, observed: ObservedProject | null): Promise<readonly StaleMount[]> {
  const uses = (observed?.containers ?? [])
    .filter((one) => one.state === 'running' && !one.oneOff)
    .flatMap((container) => container.mounts.flatMap((mount) => (mount.type === 'bind' ? [{ container, source: mount.source, target: mount.target }] : [])));
  if (uses.length === 0) return [];
  const containers = [...new Set(uses.map((use) => use.container))];
  const [now, ...held] = await Promise.all([looker.look([...new Set(uses.map((use) => use.source))]), ...containers.map((one) => looker.held(one.pid, uses.filter((use) => use.container === one).map((use) => use.target)))]);
  const found = uses.flatMap(({ container, source, target }): readonly StaleMount[] => {
    const look = now.get(source);
    const inside = held[containers.indexOf(container)]?.get(target);
    if (look === undefined || inside?.known !== true || (look.kind !== 'file' && look.kind !== 'folder') || judgeMount(look, inside) !== 'replaced') return [];
    return [{ service: container.service, kind: look.kind, source, target }];
  });
  const seen = new Set<string>();
  return found
    .filter((one) => !seen.has(JSON.stringify(one)) && seen.add(JSON.stringify(one)) !== undefined);
}

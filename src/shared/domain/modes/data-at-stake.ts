import type { ComposeService } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { finding, type Finding } from '../findings/finding';
import type { ContainerStep } from './decide-switch';
import { isAnonymousVolume } from './naming';
import type { SwitchInput } from './switch-input';

/** Anonymous volumes the successor of a container takes over. */
export function inheritedVolumes(definition: ComposeService, imageVolumes: readonly string[], old: ObservedContainer): readonly { readonly volume: string; readonly target: string }[] {
  const explicit = new Set((definition.volumes ?? []).filter((one) => one.source !== undefined || one.type === 'tmpfs').map((one) => one.target));
  for (const one of definition.tmpfs ?? []) explicit.add(one.split(':')[0] ?? one);
  const wanted = new Set([...imageVolumes, ...(definition.volumes ?? []).filter((one) => one.type === 'volume' && one.source === undefined).map((one) => one.target)]);
  return old.mounts
    .filter((one) => one.type === 'volume' && isAnonymousVolume(one.source) && wanted.has(one.target) && !explicit.has(one.target))
    .map((one) => ({ volume: one.source, target: one.target }));
}

/** Anonymous volumes that go with their container, unless they only mask a part of a bind (node_modules below the source folder). */
export function lostVolumes(step: ContainerStep): readonly { readonly service: string; readonly target: string; readonly text: string }[] {
  const old = step.old;
  if (old === undefined || (step.action !== 'recreate' && step.action !== 'remove')) return [];
  const kept = new Set(step.inherited.map((one) => one.volume));
  const binds = old.mounts.filter((one) => one.type === 'bind').map((one) => one.target);
  return old.mounts
    .filter((one) => one.type === 'volume' && isAnonymousVolume(one.source) && !kept.has(one.source) && !binds.some((bind) => one.target.startsWith(bind === '/' ? '/' : `${bind}/`)))
    .map((one) => ({ service: step.service, target: one.target, text: `What ${step.service} wrote to ${one.target} goes with its container: that volume has no name.` }));
}

/** Data that stays, but that the target mode does not see where the service had it. */
export function unseenVolumes(input: SwitchInput, steps: readonly ContainerStep[]): readonly Finding[] {
  const { model } = input.compose;
  const used = new Set(Object.values(model.services).flatMap((one) => (one.volumes ?? []).flatMap((mount) => (mount.type === 'volume' && mount.source !== undefined ? [model.volumes[mount.source]?.name ?? mount.source] : []))));
  const findings = new Map<string, Finding>();
  for (const step of steps) {
    if (step.action !== 'recreate' || step.old === undefined) continue;
    for (const mount of step.old.mounts) {
      if (mount.type !== 'volume' || isAnonymousVolume(mount.source) || used.has(mount.source)) continue;
      const instead = model.services[step.service]?.volumes?.find((one) => one.target === mount.target);
      const now = instead?.type === 'volume' && instead.source !== undefined ? `the volume ${model.volumes[instead.source]?.name ?? instead.source}` : instead === undefined ? 'nothing' : 'something else';
      findings.set(
        mount.source,
        finding({ code: 'DATA_NOT_IN_MODE', severity: 'warning', service: step.service, object: `${step.service}:${mount.source}`, where: input.compose.locate(['services', step.service, 'volumes']), message: `${step.service} keeps its data in the volume ${mount.source}; in ${input.mode} there is ${now} at ${mount.target}.`, why: 'The volume and its data stay, but this mode does not see them.' }),
      );
    }
  }
  return [...findings.values()];
}

import type { ComposeModel, ComposeMount } from '../compose/model';
import { volumeDeclaration } from '../edits/compose-fixes';
import { checkResult, type ProposedFix } from './check-result';
import type { Check, CheckInput, CheckResult } from './facts';
import type { ComposeAction } from './fix-actions';
import { lastSegment } from './host-path';

/** Named volumes at such places are caches: another mode that has none of them loses nothing. */
const CACHES = new Set('node_modules .venv venv .next .nuxt .cache __pycache__ .gradle .m2 .npm .pnpm-store vendor target dist build'.split(' '));

function volumeName(model: ComposeModel, mount: ComposeMount): string | undefined {
  return mount.type === 'volume' && mount.source !== undefined && mount.source !== '' ? (model.volumes[mount.source]?.name ?? mount.source) : undefined;
}

/** The same volume at the same place in this mode, declared as it is in the other one. */
function mountFixes({ compose: { model, locate } }: CheckInput, service: string, { source: key = '', target }: ComposeMount, other: ComposeModel): readonly ProposedFix[] {
  const file = locate(['services', service])?.file;
  const volume = other.volumes[key];
  if (file === undefined || volume === undefined) return [];
  const own = model.volumes[key] === undefined ? key : `${key}-data`;
  const mount: ComposeAction = { kind: 'mount-volume', service, volume: own, target, file };
  const declare: ComposeAction = { kind: 'declare', section: 'volumes', name: own, value: volumeDeclaration(volume.name, volume.name === `${model.name}_${own}`, volume.external === true), file };
  return [{ title: `Mount the volume ${volume.name} at ${target} here too`, action: { kind: 'together', actions: [mount, declare] } }];
}

/** Data that a service keeps in a volume in another mode, and that this mode does not see at the same place. */
export const checkDataAcrossModes: Check = (input) => {
  const { model } = input.compose;
  const used = new Set(Object.values(model.services).flatMap((one) => (one.volumes ?? []).map((mount) => volumeName(model, mount))));
  const found = new Map<string, CheckResult>();
  for (const [mode, other] of Object.entries(input.facts.otherModes ?? {})) {
    for (const [service, definition] of Object.entries(other.services)) {
      const here = model.services[service];
      for (const mount of definition.volumes ?? []) {
        const name = volumeName(other, mount);
        if (here === undefined || name === undefined || used.has(name) || CACHES.has(lastSegment(mount.target))) continue;
        const instead = (here.volumes ?? []).find((one) => one.target === mount.target);
        const now = instead === undefined ? 'nothing' : volumeName(model, instead) === undefined ? 'something else' : `the volume ${volumeName(model, instead) ?? ''}`;
        const object = `${service}:${name}`;
        if (found.has(object)) continue;
        found.set(
          object,
          checkResult({
            service,
            where: input.compose.locate(['services', service, 'volumes']),
            object,
            code: 'DATA_NOT_IN_MODE',
            severity: 'warning',
            message: `${service} keeps its data in the volume ${name} in ${mode}; in this mode there is ${now} at ${mount.target}.`,
            why: 'The volume and its data stay, but this mode does not see them. Use the same volume name in both files if both should.',
          }, mountFixes(input, service, mount, other)),
        );
      }
    }
  }
  return [...found.values()];
};

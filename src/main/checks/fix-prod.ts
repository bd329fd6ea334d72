import { prodWouldRefuse } from '@shared/domain/checks/prod-checks';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';

/** A fix that writes another source may be right in dev and be refused in the prod mode that shares the line: the sentence that says so; undefined where no mode minds. */
export function refusedInProd(modes: readonly LoadedMode[], { fix: { action }, loaded }: ChosenFix): string | undefined {
  if (action.kind !== 'set-source' && action.kind !== 'move-mount') return undefined;
  const placeOf = ({ compose }: LoadedMode, index: number): string => JSON.stringify(compose.locate(['services', action.service, 'volumes', String(index)]));
  const place = placeOf(loaded, action.index);
  for (const mode of modes) {
    const mounts = mode.compose.model.services[action.service]?.volumes ?? [];
    const refused = mounts.find((mount, index) => mount.type === 'bind' && mount.source === action.from && placeOf(mode, index) === place && prodWouldRefuse(mode.mode.name, mode.compose.projectDir, { service: action.service, index, mount, source: action.from }, action.to));
    if (refused !== undefined) return `In ${mode.mode.name}, ${action.service} would then mount ${action.to} from the host, which is not allowed there: copy it into the image, or decide otherwise by hand.`;
  }
  return undefined;
}

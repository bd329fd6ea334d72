import { movePointersInCompose, movePointersInEnvFile, unambiguousMoves } from '@shared/domain/checks/port-pointers';
import { isWithin } from '@shared/domain/checks/host-path';
import type { ComposeModel } from '@shared/domain/compose/model';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';
import type { FixTexts } from './fix-texts';

/** Environment values that point to a port which moves (API_URL=http://localhost:8001) follow it, in the files of every mode. */
export async function movePointersWith(texts: FixTexts, modes: readonly LoadedMode[], chosen: readonly ChosenFix[]): Promise<void> {
  const moves = new Map(chosen.flatMap(({ fix: { action } }) => (action.kind === 'set-host-port' ? [[action.from, action.to] as const] : [])));
  if (moves.size === 0) return;
  const clear = unambiguousMoves(moves, modes.map((loaded) => withoutMoved(loaded, chosen)));
  if (clear.size === 0) return;
  for (const { compose } of modes) {
    for (const file of compose.inputFiles) {
      if (!isWithin(texts.projectDir, file)) continue;
      const text = await texts.open(file).catch(() => undefined);
      if (text === undefined) continue;
      // A compose file that cannot be changed safely keeps its values: they are no part of what is wrong.
      const outcome = /\.ya?ml$/i.test(file) ? movePointersInCompose(text.after, clear) : { kind: 'edited' as const, text: movePointersInEnvFile(text.after, clear) };
      if (outcome.kind === 'edited') text.after = outcome.text;
    }
  }
}

/** The model without the ports that move away. */
function withoutMoved({ mode, compose: { model } }: LoadedMode, chosen: readonly ChosenFix[]): ComposeModel {
  const moved = new Set(chosen.flatMap(({ loaded, fix: { action } }) => (action.kind === 'set-host-port' && loaded.mode.name === mode.name ? [`${action.service}:${String(action.index)}`] : [])));
  const services = Object.entries(model.services).map(([name, service]) => [name, service.ports === undefined ? service : { ...service, ports: service.ports.filter((_, index) => !moved.has(`${name}:${String(index)}`)) }] as const);
  return { ...model, services: Object.fromEntries(services) };
}

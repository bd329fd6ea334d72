import { movePointersInCompose, movePointersInEnvFile, unambiguousMoves } from '@shared/domain/checks/port-pointers';
import type { FixAction } from '@shared/domain/checks/facts';
import { isWithin } from '@shared/domain/checks/host-path';
import { publishedRange } from '@shared/domain/checks/port-claims';
import type { ComposeModel } from '@shared/domain/compose/model';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';
import type { FixTexts } from './fix-texts';

/** Environment values that point to a port which moves (API_URL=http://localhost:8001) follow it, in the files of every mode. */
export async function movePointersWith(texts: FixTexts, modes: readonly LoadedMode[], chosen: readonly ChosenFix[]): Promise<void> {
  const moves = new Map(chosen.flatMap(({ fix: { action } }) => movesOf(action)));
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

function movesOf(action: FixAction): readonly (readonly [from: number, to: number])[] {
  if (action.kind === 'set-host-port') return [[action.from, action.to]];
  if (action.kind !== 'set-port-range') return [];
  return Array.from({ length: action.last - action.from + 1 }, (_, offset) => [action.from + offset, action.to + offset] as const);
}

/** The model without the ports that move away. */
function withoutMoved({ mode, compose: { model } }: LoadedMode, chosen: readonly ChosenFix[]): ComposeModel {
  const own = chosen.flatMap(({ loaded, fix: { action } }) => (loaded.mode.name === mode.name ? [action] : []));
  const isMoved = (name: string, index: number, published: string | undefined): boolean =>
    own.some((action) => (action.kind === 'set-host-port' && action.service === name && action.index === index) || (action.kind === 'set-port-range' && action.service === name && isInRange(published, action)));
  const services = Object.entries(model.services).map(([name, service]) => [name, service.ports === undefined ? service : { ...service, ports: service.ports.filter(({ published }, index) => !isMoved(name, index, published)) }] as const);
  return { ...model, services: Object.fromEntries(services) };
}

function isInRange(published: string | undefined, { from, last }: { readonly from: number; readonly last: number }): boolean {
  const range = publishedRange(published);
  return range !== undefined && range.first >= from && range.last <= last;
}

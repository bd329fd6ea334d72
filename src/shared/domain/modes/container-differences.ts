import { HASH_DIALECTS, type ComposeService } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { compareText, modeOfContainer } from './active-mode';
import { resolveParents, sharedContainer } from './dependency-order';
import { fieldDrifts, NONE, NOT_SET, wantedContainer } from './field-drifts';
import { changesText, MASK, observedDifferences, serviceDifferences, variablesText, type Differences } from './service-differences';
import type { SwitchInput } from './switch-input';

/** What differs between a container and the definition it shall have: by the definition it was made from, where a mode still has it, otherwise by what the engine says of it. */
export function containerDifferences(input: SwitchInput, container: ObservedContainer, definition: ComposeService): Differences {
  const dir = input.compose.projectDir;
  const old = definitionOfContainer(input, container);
  if (old !== undefined) return serviceDifferences(old, definition, dir);
  const seen = observedDifferences(container, definition, (key) => input.compose.model.volumes[key]?.name ?? key, dir);
  const asked = askedDifferences(input, container, definition);
  return { reasons: [...seen.reasons, ...asked.reasons], fields: [...seen.fields, ...asked.fields] };
}

/** The definition a container was made from: one of the modes, as their files are now, that has its config hash. */
export function definitionOfContainer({ compose, loaded, modes }: Pick<SwitchInput, 'compose' | 'loaded' | 'modes'>, container: ObservedContainer): ComposeService | undefined {
  const label = modeOfContainer(modes, compose.projectDir, container);
  return Object.entries(loaded)
    .sort(([a], [b]) => Number(b === label) - Number(a === label))
    .find(([, one]) => one.model.services[container.service] !== undefined && HASH_DIALECTS.some((dialect) => one.hashes[container.service]?.[dialect] === container.configHash))?.[1].model.services[container.service];
}

/** What its image, mounts and ports do not tell. */
const TOLD_ALREADY: ReadonlySet<string> = new Set(['image', 'mounts', 'ports', 'hash']);

function askedDifferences(input: SwitchInput, container: ObservedContainer, definition: ComposeService): Differences {
  const raw = input.raw?.[container.id];
  if (raw === undefined) return { reasons: [], fields: [] };
  const full = resolveParents(definition, (name) => sharedContainer(input.observed.containers, name)?.id);
  const wanted = wantedContainer({ compose: input.compose, mode: input.mode, service: container.service, definition: full, number: container.number, hashes: [], images: input.observed.images, host: input.host, mask: () => MASK });
  const found = fieldDrifts(wanted, raw).filter(({ field }) => !TOLD_ALREADY.has(field));
  const variables = found.flatMap(({ field }) => (field.startsWith(VARIABLE) ? [field.slice(VARIABLE.length)] : []));
  return {
    // Networks that it shall join are a reason of their own.
    reasons: [...variablesText(variables.sort(compareText)), ...found.filter(({ field, desired }) => !field.startsWith(VARIABLE) && (field !== 'networks' || desired === NONE)).map(({ field }) => changesText(field))],
    fields: found.map(({ field, desired, actual }) => ({ field, from: valueOf(field, actual), to: valueOf(field, desired) })),
  };
}

const VARIABLE = 'environment ';

/** As a plan writes it: nothing where there is none, and no value of a variable. */
function valueOf(field: string, text: string): string {
  if (text === NONE || text === NOT_SET) return '';
  return field.startsWith(VARIABLE) ? MASK : text;
}

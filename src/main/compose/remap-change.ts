import { movePointersInCompose, movePointersInEnvFile, type PortMoves } from '@shared/domain/checks/port-pointers';
import { collisions, portClaims } from '@shared/domain/checks/port-claims';
import { rewriteEnvFile } from '@shared/domain/compose/rewrite-env-file';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { firstDifference } from '@shared/domain/edits/model-difference';
import { movedPort, portMovesOf, remappedModel, remapPorts, type PortShift } from '@shared/domain/edits/remap-ports';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { ByHand } from '@shared/domain/yaml/yaml-places';
import { numberOf, textsOf } from '@shared/domain/operations/operation-input';
import type { FilesChange } from './files-operation';
import type { ProjectFiles } from './project-files';

/** `compose.remap-ports`: every published port moves by an offset, and the environment values that point to them follow. */
export const remapChange: FilesChange = {
  kind: 'compose.remap-ports',
  change: 'ports',
  prepare(input) {
    const offset = numberOf(input, 'offset');
    if (offset === 0) throw new AppError('input-invalid', 'An offset of 0 moves no port.');
    return { offset, services: [...textsOf(input, 'services')] };
  },
  title: (input) => `Move the ports of ${textsOf(input, 'services').join(', ') || String(input['name'])} by ${String(numberOf(input, 'offset'))}`,
  async workOut(_deps, files, input) {
    const shift = shiftOf(input);
    const models = files.loaded.map(({ compose }) => compose.model);
    for (const service of shift.services) if (!models.some((model) => Object.hasOwn(model.services, service))) throw new AppError('service-not-found', `${files.project.name} has no service called ${service}.`);
    const moves = portMovesOf(models, shift);
    const expected = new Map(files.loaded.map(({ name, compose }) => [name, orFail(() => remappedModel(compose.model, shift, moves))] as const));
    for (const [name, model] of expected) {
      const [clash] = collisions(portClaims(model)).filter(([a, b]) => a.service !== b.service);
      if (clash !== undefined) throw new AppError('fix-failed', `In ${name}, ${clash[0].service} and ${clash[1].service} would both publish port ${String(clash[0].first)}.`, { hint: 'Choose another offset, or move every service.' });
    }
    const variables = await editComposeFiles(files, shift, moves);
    await editEnvFiles(files, shift, moves, variables);
    return {
      steps: [`Move the published ports of ${shift.services.length === 0 ? 'every service' : shift.services.join(', ')} by ${String(shift.offset)}`, 'Write the new ports into environment values that point to them'],
      risks: ['Bookmarks and programs outside of this project still point to the old ports.', ...(files.changed().length === 0 ? ['No fixed port is published, so nothing changes.'] : [])],
      remakes: true,
      differs(mode, after) {
        const place = firstDifference(expected.get(mode), after.model, (path, wanted, found) => isPortVariable(path, moves, wanted, found));
        return place === undefined ? null : `In ${mode}, ${place.join('.')} would not be what it should be: a variable or another file decides it.`;
      },
    };
  },
};

function shiftOf(input: JsonObject): PortShift {
  return { offset: numberOf(input, 'offset'), services: textsOf(input, 'services') };
}

function orFail<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof ByHand ? new AppError('fix-failed', error.message, { hint: 'Choose another offset.' }) : error;
  }
}

/** An environment value that is the variable of a port (`PUBLIC_PORT: ${API_PORT}`) moves with it. */
function isPortVariable(path: readonly string[], moves: PortMoves, wanted: unknown, found: unknown): boolean {
  return path[0] === 'services' && path[2] === 'environment' && typeof wanted === 'string' && typeof found === 'string' && /^[0-9]+$/.test(wanted) && String(moves.get(Number(wanted))) === found;
}

/** Resolves with the variables that decide a port. */
async function editComposeFiles(files: ProjectFiles, shift: PortShift, moves: PortMoves): Promise<ReadonlySet<string>> {
  const variables = new Set<string>();
  const isSet = (name: string): boolean => files.loaded.some(({ compose }) => (compose.variables.values[name] ?? []).length > 0);
  for (const file of files.composeFiles) {
    await files.edit(file, 'Moving the ports', (text) => {
      const { outcome, variables: found } = remapPorts(text, shift, isSet);
      for (const name of found) variables.add(name);
      return outcome;
    });
    await files.edit(file, 'Moving the values that point to the ports', (text) => movePointersInCompose(text, moves));
  }
  return variables;
}

async function editEnvFiles(files: ProjectFiles, shift: PortShift, moves: PortMoves, variables: ReadonlySet<string>): Promise<void> {
  const places = new Set(files.loaded.flatMap(({ compose }) => [...variables].map((name) => placeOf(files, compose, name))).filter((place) => place !== null));
  for (const file of files.envFiles) {
    const text = await files.text(file);
    if (text === undefined) continue;
    const withPorts = orFail(() => rewriteEnvFile(text, (name, value, line) => (places.has(`${file}:${String(line)}`) && variables.has(name) ? movedPort(value, shift.offset) : undefined)));
    files.set(file, movePointersInEnvFile(withPorts, moves));
  }
}

/** Where the value of a variable is written; null when this mode has none. */
function placeOf(files: ProjectFiles, compose: LoadedCompose, name: string): string | null {
  const [first] = compose.variables.values[name] ?? [];
  if (first === undefined) return null;
  if (first.where?.line === undefined || files.pathOf(first.where.file) === null) throw new AppError('fix-failed', `The variable ${name} decides a port and is set outside of the project's files.`, { hint: `Set ${name} where it comes from.`, ...(first.where === undefined ? {} : { where: first.where }) });
  return `${first.where.file}:${String(first.where.line)}`;
}

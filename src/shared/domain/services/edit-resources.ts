import { isMap } from 'yaml';
import { editYaml, type YamlEdit, type YamlEditOutcome } from '../yaml/edit-yaml';
import { ByHand, nodeAt } from '../yaml/yaml-places';
import type { Resources } from './presets';

const MIB = 1024 * 1024;
const RESOURCES: readonly { readonly path: readonly string[]; readonly of: keyof Resources; readonly write: (value: number) => string }[] = [
  { path: ['limits', 'cpus'], of: 'cpus', write: String },
  { path: ['limits', 'memory'], of: 'memoryBytes', write: writtenMemory },
  { path: ['reservations', 'cpus'], of: 'reservedCpus', write: String },
  { path: ['reservations', 'memory'], of: 'reservedMemoryBytes', write: writtenMemory },
];

/** The older spellings of the same: with both in a file they would have to agree. */
const OLDER_KEYS: readonly string[] = ['cpus', 'mem_limit', 'mem_reservation'];

/** Sets CPUs and memory under `deploy.resources` of one service (0 removes an entry), takes older spellings of them away, and changes nothing else. */
export function editResources(text: string, service: string, resources: Resources): YamlEditOutcome {
  const edits = RESOURCES.map(({ path, of, write }): YamlEdit => {
    const full = ['services', service, 'deploy', 'resources', ...path];
    // What has nothing left in it goes too, up to `deploy`.
    return resources[of] === 0 ? { kind: 'remove', path: full, upTo: 3 } : { kind: 'set', path: full, value: write(resources[of]) };
  });
  const older = OLDER_KEYS.filter((key) => declaresService(text, service, [key]) === 'with-it');
  return editYaml(text, [...edits, ...older.map((key): YamlEdit => ({ kind: 'remove', path: ['services', service, key] }))]);
}

/** Whether the text declares this service, and whether it says something of its CPUs and memory, in either spelling. */
export function declaresResources(text: string, service: string): 'no' | 'yes' | 'with-it' {
  const declared = [['deploy', 'resources'], ...OLDER_KEYS.map((key) => [key])].map((path) => declaresService(text, service, path));
  return declared.find((one) => one === 'with-it') ?? declared[0] ?? 'no';
}

/** Whether the text gives this service a map of its own under `services`, and whether that map has an entry at this path. */
export function declaresService(text: string, service: string, path: readonly string[]): 'no' | 'yes' | 'with-it' {
  try {
    const node = nodeAt(text, ['services', service]);
    if (!isMap(node)) return node === undefined ? 'no' : 'yes';
    return node.hasIn(path) ? 'with-it' : 'yes';
  } catch (error) {
    if (error instanceof ByHand) return 'no';
    throw error;
  }
}

function writtenMemory(value: number): string {
  return value % (1024 * MIB) === 0 ? `${String(value / (1024 * MIB))}G` : `${String(Math.round(value / MIB))}M`;
}

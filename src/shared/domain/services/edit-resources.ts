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

/** Sets CPUs and memory under `deploy.resources` of one service (0 removes an entry) and nothing else. */
export function editResources(text: string, service: string, resources: Resources): YamlEditOutcome {
  const edits = RESOURCES.map(({ path, of, write }): YamlEdit => {
    const full = ['services', service, 'deploy', 'resources', ...path];
    // What has nothing left in it goes too, up to `deploy`.
    return resources[of] === 0 ? { kind: 'remove', path: full, upTo: 3 } : { kind: 'set', path: full, value: write(resources[of]) };
  });
  return editYaml(text, edits);
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

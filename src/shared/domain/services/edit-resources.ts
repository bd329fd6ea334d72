import { isMap, isScalar } from 'yaml';
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

const NO_PLAIN_PIDS: YamlEditOutcome = { kind: 'by-hand', reason: 'pids_limit is not written as a plain value; it belongs under deploy.resources.limits.pids then.' };

/** Sets CPUs and memory under `deploy.resources` of one service (0 removes an entry), takes older spellings of them away, and changes nothing else. */
export function editResources(text: string, service: string, resources: Resources): YamlEditOutcome {
  const edits = RESOURCES.map(({ path, of, write }): YamlEdit => {
    const full = ['services', service, 'deploy', 'resources', ...path];
    // What has nothing left in it goes too, up to `deploy`.
    return resources[of] === 0 ? { kind: 'remove', path: full, upTo: 3 } : { kind: 'set', path: full, value: write(resources[of]) };
  });
  const older = OLDER_KEYS.filter((key) => declaresService(text, service, [key]) === 'with-it');
  const pids = setsLimits(resources) ? pidsEdits(text, service) : [];
  return pids === null ? NO_PLAIN_PIDS : editYaml(text, [...edits, ...older.map((key): YamlEdit => ({ kind: 'remove', path: ['services', service, key] })), ...pids]);
}

/** Writes `pids_limit` of one service as `deploy.resources.limits.pids`, the same number: beside other limits the two may not differ, and none of them is said to. */
export function movePidsLimit(text: string, service: string): YamlEditOutcome {
  const pids = pidsEdits(text, service);
  return pids === null ? NO_PLAIN_PIDS : editYaml(text, pids);
}

/** Whether anything is written under `limits`. */
export function setsLimits({ cpus, memoryBytes }: Resources): boolean {
  return cpus > 0 || memoryBytes > 0;
}

/** Null where it is no plain value. */
function pidsEdits(text: string, service: string): readonly YamlEdit[] | null {
  const [older, full] = [['services', service, 'pids_limit'], ['services', service, 'deploy', 'resources', 'limits', 'pids']];
  if (declaresService(text, service, ['pids_limit']) !== 'with-it' || declaresService(text, service, full.slice(2)) === 'with-it') return [];
  const written: unknown = nodeAt(text, older);
  if (!isScalar(written) || (typeof written.value !== 'number' && typeof written.value !== 'string')) return null;
  return [{ kind: 'set', path: full, value: written.value }, { kind: 'remove', path: older }];
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

import { AppError } from '../../../kernel/app-error';

/**
 * Which copy of the same thing is kept. Each list goes from the highest to the lowest; the lowest of directories and names ranks below what is not
 * listed at all, so that examples lose to everything.
 */
export interface HierarchyRules {
  /** Whole segments of a path: `/production/`, `/clusters/live/`. */
  readonly directories: readonly string[];
  /** File names; `.yml` counts as `.yaml`. */
  readonly names: readonly string[];
  /** `key=value`, as in labels, annotations, top-level keys and `# key: value` comments. */
  readonly metadata: readonly string[];
}

/** What a project keeps of them: `{}` means the defaults. The names are those of the stored field. */
export interface HierarchyConfig {
  readonly directory_priority?: readonly string[] | undefined;
  readonly file_name_priority?: readonly string[] | undefined;
  readonly metadata_priority?: readonly string[] | undefined;
}

/** The rules while nobody has changed any. */
export const DEFAULT_RULES: HierarchyRules = {
  directories: ['/production/', '/environments/', '/templates/', '/examples/'],
  names: ['main.yaml', 'default.yaml', 'template.yaml', 'example.yaml'],
  metadata: ['created_by=admin', 'environment=production', 'managed=true'],
};

const MOST_ENTRIES = 64;
/** Metadata counts in powers of two, summed into one whole number. */
const MOST_METADATA = 16;

/** The rules a configuration stands for. Rejects with `input-invalid` what could not decide anything. */
export function rulesOf(config: HierarchyConfig): HierarchyRules {
  const rules = {
    directories: config.directory_priority ?? DEFAULT_RULES.directories,
    names: config.file_name_priority ?? DEFAULT_RULES.names,
    metadata: config.metadata_priority ?? DEFAULT_RULES.metadata,
  };
  for (const directory of rules.directories) if (segmentsOf(directory).length === 0) throw unfit(`"${directory}" names no folder.`, 'Write it like /production/.');
  for (const name of rules.names) if (name === '' || name.includes('/')) throw unfit(`"${name}" is not the name of a file.`, 'Write it like main.yaml.');
  for (const one of rules.metadata) if (!/^[^=]+=./.test(one)) throw unfit(`"${one}" is not key=value.`, 'Write it like managed=true.');
  once('directory', rules.directories.map((one) => segmentsOf(one).join('/')));
  once('file name', rules.names.map(plainName));
  once('metadata', rules.metadata);
  if (Math.max(rules.directories.length, rules.names.length) > MOST_ENTRIES || rules.metadata.length > MOST_METADATA) {
    throw unfit(`A list of rules has at most ${String(MOST_ENTRIES)} entries, that of metadata ${String(MOST_METADATA)}.`, 'Take the ones out that decide nothing.');
  }
  return rules;
}

/** `{}` where the rules are the defaults, so that a project that has not changed them follows them. */
export function configOf(rules: HierarchyRules): HierarchyConfig {
  return {
    ...(same(rules.directories, DEFAULT_RULES.directories) ? {} : { directory_priority: rules.directories }),
    ...(same(rules.names, DEFAULT_RULES.names) ? {} : { file_name_priority: rules.names }),
    ...(same(rules.metadata, DEFAULT_RULES.metadata) ? {} : { metadata_priority: rules.metadata }),
  };
}

/** The folders of a path or of a rule. */
export function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** A file name as rules compare it. */
export function plainName(name: string): string {
  return name.endsWith('.yml') ? `${name.slice(0, -4)}.yaml` : name;
}

function once(what: string, entries: readonly string[]): void {
  const twice = entries.find((one, index) => entries.indexOf(one) !== index);
  if (twice !== undefined) throw unfit(`The ${what} "${twice}" is listed twice.`, 'Each can have one rank only.');
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one, index) => one === right[index]);
}

function unfit(message: string, hint: string): AppError {
  return new AppError('input-invalid', message, { hint });
}

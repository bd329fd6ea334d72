import { AppError } from '../kernel/app-error';
import { closest } from './closest';
import type { ContractEntry } from './define';
import { commandsByNoun, defaultTable, describeFields, kebab, verbOf, type ContractTable, type FieldDescription } from './describe';
import { buildInput, shorten, usageName, type CommandLineOptions, type FlagValues, type GlobalFlags } from './command-input';

export type CommandLine =
  | { readonly kind: 'call'; readonly name: string; readonly input: { readonly [field: string]: unknown }; readonly globals: GlobalFlags }
  | { readonly kind: 'serve' | 'watch'; readonly globals: GlobalFlags }
  | { readonly kind: 'help'; readonly noun: string | undefined; readonly name: string | undefined; readonly globals: GlobalFlags }
  | { readonly kind: 'version'; readonly globals: GlobalFlags };

/** Short names of whole commands. */
export const COMMAND_ALIASES: { readonly [word: string]: readonly string[] } = {
  dev: ['modes', 'switch', 'dev'],
  prod: ['modes', 'switch', 'prod'],
};
/** What is called otherwise than in docker compose; `up`, `logs` and others are verbs of services. */
const COMPOSE_WORDS: { readonly [word: string]: string } = Object.assign(Object.create(null) as { [word: string]: string }, { ps: 'services.list', ls: 'projects.list', down: 'services.remove', rm: 'services.remove', build: 'services.rebuild', create: 'services.up', convert: 'compose.config', config: 'compose.config' });
/** Commands that are not entries of the contract. */
export const BUILT_IN = ['serve', 'watch', 'help'] as const;

const GLOBAL_FLAGS = { project: 'text', json: 'boolean', yes: 'boolean', quiet: 'boolean', watch: 'boolean', help: 'boolean', version: 'boolean' } as const;
/** One letter, and the flags it may mean: the first that the command has. */
const SHORT_FLAGS: { readonly [letter: string]: readonly string[] } = { f: ['file', 'follow'], n: ['tail'], t: ['timestamps'], y: ['yes'], q: ['quiet'], h: ['help'], p: ['project'], V: ['version'] };

/** Pure: words to a call. Throws AppError `input-invalid` with one plain sentence and, where it can guess, what was meant. */
export function parseCommandLine(argv: readonly string[], options: CommandLineOptions): CommandLine {
  const table = options.table ?? defaultTable;
  const words: string[] = [];
  const globals: FlagValues = new Map();
  // The command is found first: which flags take a value depends on it.
  const queue = expandAlias(argv, table);
  let position = 0;
  for (; position < queue.length && words.length < 2; position += 1) {
    const word = queue[position] ?? '';
    if (word === '--') break;
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      if (words.length === 1 && isBuiltIn(word)) {
        position += 1;
        break;
      }
      continue;
    }
    position += readFlag(queue, position, [], globals, `berth`);
  }
  const [noun, verb] = words;
  const flags = (): GlobalFlags => globalsOf(globals);
  if (noun === undefined || noun === 'help') {
    if (globals.get('version') === true) return { kind: 'version', globals: flags() };
    const rest = queue.slice(position).filter((word) => !word.startsWith('-'));
    const name = rest[0] === undefined || rest[1] === undefined ? undefined : findName(rest[0], rest[1], table);
    return { kind: 'help', noun: rest[0] === undefined ? undefined : findNoun(rest[0], table), name, globals: flags() };
  }
  if (noun === 'serve' || noun === 'watch') {
    readRest(queue, position, [], globals, noun, []);
    return globals.get('help') === true ? { kind: 'help', noun: undefined, name: undefined, globals: flags() } : { kind: noun, globals: flags() };
  }
  findNoun(noun, table, verb);
  if (verb === undefined) {
    if (globals.get('help') !== true && globals.size > 0 && [...globals.keys()].some((flag) => flag !== 'json' && flag !== 'quiet')) throw missingVerb(noun, table);
    return { kind: 'help', noun, name: undefined, globals: flags() };
  }
  const name = findName(noun, verb, table);
  const entry = table[name] as ContractEntry;
  const fields = describeFields(entry);
  const positionals = entry.positional.flatMap((one) => fields.find((field) => field.name === one) ?? []);
  const values: FlagValues = new Map();
  for (const [flag, value] of globals) values.set(flag, value);
  refuseSecrets(queue.slice(position), entry, usageName(name));
  const plain = readRest(queue, position, fields, values, usageName(name), positionals);
  for (const flag of Object.keys(GLOBAL_FLAGS)) {
    const value = values.get(flag);
    if (value !== undefined) globals.set(flag, value);
  }
  if (globals.get('help') === true) return { kind: 'help', noun, name, globals: flags() };
  const given = { ...flags() };
  return { kind: 'call', name, input: buildInput(name, entry, fields, positionals, plain, values, given, options), globals: given };
}

function expandAlias(argv: readonly string[], table: ContractTable): readonly string[] {
  const at = firstWord(argv);
  const word = at === -1 ? undefined : argv[at];
  if (word === undefined) return argv;
  const alias = Object.hasOwn(COMMAND_ALIASES, word) ? COMMAND_ALIASES[word] : undefined;
  if (alias !== undefined && Object.hasOwn(table, 'modes.switch')) return [...argv.slice(0, at), ...alias, ...argv.slice(at + 1)];
  // `berth doctor` alone runs it; `berth doctor fix …` is a command of its own.
  if (word === 'doctor' && Object.hasOwn(table, 'doctor.run')) {
    const next = argv.slice(at + 1).find((one) => !one.startsWith('-'));
    const helpAsked = argv.includes('--help') || argv.includes('-h');
    if (next === undefined && !helpAsked) return [...argv.slice(0, at + 1), 'run', ...argv.slice(at + 1)];
  }
  return argv;
}

/** Index of the first word that is neither a flag nor the value of --project. */
function firstWord(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return -1;
    if (word === '--project' || word === '-p') at += 1;
    else if (!word.startsWith('-')) return at;
  }
  return -1;
}

function isBuiltIn(word: string): boolean {
  return (BUILT_IN as readonly string[]).includes(word);
}

/** The command for a word that people know from docker compose. */
function composeWord(word: string, table: ContractTable): string | undefined {
  const name = COMPOSE_WORDS[word] ?? `services.${word}`;
  return Object.hasOwn(table, name) ? name.replace('.', ' ') : undefined;
}

/** @param verb the word after it, which may fit the noun that was meant */
function findNoun(word: string, table: ContractTable, verb?: string): string {
  const nouns = [...commandsByNoun(table).keys()];
  if (nouns.includes(word)) return word;
  const near = composeWord(word, table) ?? closest(word, [...nouns, ...Object.keys(COMMAND_ALIASES), ...BUILT_IN]);
  const whole = near !== undefined && (commandsByNoun(table).get(near) ?? []).some((name) => verbOf(name) === verb) ? `${near} ${verb ?? ''}` : near;
  throw new AppError('input-invalid', `There is no command "${shorten(word)}".`, { hint: whole === undefined ? 'See `berth --help`.' : `Did you mean \`berth ${whole}\`?` });
}

function findName(noun: string, verb: string, table: ContractTable): string {
  findNoun(noun, table, verb);
  const names = commandsByNoun(table).get(noun) ?? [];
  const found = names.find((name) => verbOf(name) === verb);
  if (found !== undefined) return found;
  const near = closest(verb, names.map(verbOf));
  throw new AppError('input-invalid', `There is no command "${noun} ${shorten(verb)}".`, { hint: near === undefined ? `See \`berth ${noun} --help\`.` : `Did you mean \`berth ${noun} ${near}\`?` });
}

function missingVerb(noun: string, table: ContractTable): AppError {
  const verbs = (commandsByNoun(table).get(noun) ?? []).map(verbOf);
  return new AppError('input-invalid', `"${noun}" needs a second word: ${verbs.join(', ')}.`, { hint: `See \`berth ${noun} --help\`.` });
}

/** Whoever writes a secret as a flag is told where it belongs; by then it is in the history of the shell. */
function refuseSecrets(words: readonly string[], entry: ContractEntry, command: string): void {
  for (const [input, variable] of Object.entries(entry.secrets)) {
    const flag = `--${kebab(input)}`;
    if (!words.some((word) => word === flag || word.startsWith(`${flag}=`))) continue;
    throw new AppError('input-invalid', `\`berth ${command}\` takes no ${flag}: other programs can read what is on a command line.`, { hint: `Set ${variable}, or leave it out and be asked. Make new keys if these were real.` });
  }
}

/** Reads flags and plain words to the end. The words of another program (`services exec api … command`) are everything after the first of them, as it is; items of our own (`disk clean`, `objects remove`) leave flags to us. */
function readRest(queue: readonly string[], start: number, fields: readonly FieldDescription[], values: FlagValues, command: string, positionals: readonly FieldDescription[]): string[] {
  const plain: string[] = [];
  const last = positionals.at(-1);
  const verbatimFrom = last?.type === 'list' && last.name === 'command' ? positionals.length : Infinity;
  for (let at = start; at < queue.length; at += 1) {
    const word = queue[at] ?? '';
    if (word === '--') {
      plain.push(...queue.slice(at + 1));
      break;
    }
    const isNumber = positionals[plain.length]?.type === 'number' && /^-[0-9]+$/.test(word);
    if (word.startsWith('-') && word !== '-' && !isNumber) {
      at += readFlag(queue, at, fields, values, command);
      continue;
    }
    plain.push(word);
    if (plain.length >= verbatimFrom) {
      const rest = queue.slice(at + 1);
      plain.push(...(rest[0] === '--' ? rest.slice(1) : rest));
      break;
    }
    if (positionals.length === 0) throw new AppError('input-invalid', `\`berth ${command}\` takes no "${shorten(word)}".`, { hint: `See \`berth ${command} --help\`.` });
  }
  return plain;
}

/** Stores one flag and returns how many words more than itself it took. */
function readFlag(queue: readonly string[], at: number, fields: readonly FieldDescription[], values: FlagValues, command: string): number {
  const word = queue[at] ?? '';
  const [written = '', inline] = splitInline(word);
  const flag = flagName(written, fields);
  const negated = flag.startsWith('no-') && typeOf(flag, fields) === undefined ? flag.slice(3) : undefined;
  if (negated !== undefined && typeOf(negated, fields) === 'boolean' && inline === undefined) {
    values.set(negated, false);
    return 0;
  }
  const type = typeOf(flag, fields);
  if (type === undefined) {
    const near = closest(flag, [...fields.map((field) => field.flag), ...Object.keys(GLOBAL_FLAGS)]);
    throw new AppError('input-invalid', `\`${command === 'berth' ? 'berth' : `berth ${command}`}\` has no flag ${shorten(written)}.`, { hint: near === undefined ? 'See --help.' : `Did you mean --${near}?` });
  }
  if (type === 'boolean') {
    if (inline !== undefined && inline !== 'true' && inline !== 'false') throw new AppError('input-invalid', `--${flag} takes no value.`);
    values.set(flag, inline !== 'false');
    return 0;
  }
  const value = inline ?? queue[at + 1];
  if (value === undefined) throw new AppError('input-invalid', `--${flag} needs a value.`);
  if (type === 'list') {
    const before = values.get(flag);
    values.set(flag, [...(Array.isArray(before) ? before : []), value]);
  } else values.set(flag, value);
  return inline === undefined ? 1 : 0;
}

function splitInline(word: string): readonly [string, string | undefined] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals === -1 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function flagName(written: string, fields: readonly FieldDescription[]): string {
  if (written.startsWith('--')) return written.slice(2);
  const letter = written.slice(1);
  const candidates = Object.hasOwn(SHORT_FLAGS, letter) ? (SHORT_FLAGS[letter] ?? []) : [];
  return candidates.find((one) => typeOf(one, fields) !== undefined) ?? letter;
}

function typeOf(flag: string, fields: readonly FieldDescription[]): FieldDescription['type'] | undefined {
  const own = fields.find((field) => field.flag === flag);
  if (own !== undefined) return own.type;
  return Object.hasOwn(GLOBAL_FLAGS, flag) ? GLOBAL_FLAGS[flag as keyof typeof GLOBAL_FLAGS] : undefined;
}

function globalsOf(values: FlagValues): GlobalFlags {
  const project = values.get('project');
  return {
    project: typeof project === 'string' ? project : undefined,
    json: values.get('json') === true,
    yes: values.get('yes') === true,
    quiet: values.get('quiet') === true,
    watch: values.get('watch') === true,
  };
}

import { ERROR_CODES } from '../kernel/error-codes';
import type { ContractEntry } from './define';
import { commandsByNoun, describeFields, nounOf, verbOf, type ContractTable, type FieldDescription } from './describe';

const GLOBAL_HELP: readonly (readonly [string, string])[] = [
  ['--project <id|dir>', 'the project; the current folder when it is not given'],
  ['--json', 'one JSON document on stdout'],
  ['--yes, -y', 'ask nothing before something is changed'],
  ['--quiet, -q', 'no progress on stderr'],
  ['--watch', 'show it again whenever it changes'],
  ['--help, -h', 'help for a command'],
  ['--version', 'the version of Berth'],
];

const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'failed, and rolled back where it changes things'],
  ['2', 'cannot be parsed or found, or consent or trust is missing'],
  ['3', 'the engine or a service cannot be reached'],
  ['4', 'blocked by findings of severity error'],
  ['5', 'cancelled'],
];

/** `berth modes switch <mode> [--plan-id <plan-id>]` */
export function usageLine(name: string, entry: ContractEntry): string {
  const fields = describeFields(entry);
  const words = argumentsOf(entry, fields).map((field) => {
    const word = field.required ? argumentText(field) : `[${argumentText(field)}]`;
    return field.name === 'command' ? `-- ${word}` : word;
  });
  const own = flagsOf(entry, fields).map((field) => ({ isRequired: field.required, text: `${flagText(field)}${field.type === 'list' ? '…' : ''}` }));
  const flags = [...own.filter((flag) => flag.isRequired).map((flag) => flag.text), ...own.filter((flag) => !flag.isRequired).map((flag) => `[${flag.text}]`)];
  return ['berth', nounOf(name), verbOf(name), ...words, ...flags].join(' ');
}

/** The inputs that are words in their order. */
function argumentsOf(entry: ContractEntry, fields: readonly FieldDescription[]): readonly FieldDescription[] {
  return entry.positional.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}

function argumentText({ name, type }: FieldDescription): string {
  return `<${type === 'list' ? `${name.replace(/e?s$/, (end) => (end === 'es' ? 'e' : ''))}…` : name}>`;
}

/** Words and flags of which there is something to say. */
function rowsOf(entry: ContractEntry): { readonly words: readonly (readonly [string, string])[]; readonly flags: readonly (readonly [string, string])[] } {
  const fields = describeFields(entry);
  return {
    words: argumentsOf(entry, fields).map((field) => [argumentText(field), describeField({ ...field, required: false, type: 'text' })] as const).filter(([, text]) => text !== ''),
    flags: flagsOf(entry, fields).map((field) => [flagText(field), describeField(field)] as const),
  };
}

/** The inputs that are flags of their own: neither positional nor the global --project. */
export function flagsOf(entry: ContractEntry, fields: readonly FieldDescription[]): readonly FieldDescription[] {
  return fields.filter((field) => field.name !== 'project' && !entry.positional.includes(field.name));
}

export function flagText(field: FieldDescription): string {
  return field.type === 'boolean' ? `--${field.flag}` : `--${field.flag} <${field.type === 'number' ? 'n' : field.type === 'json' || field.hasJsonItems ? 'json' : field.isPath ? 'path' : field.flag}>`;
}

/** What `berth --help` prints. */
export function rootHelp(table: ContractTable): string {
  const rows: (readonly [string, string])[] = [
    ['dev, prod', 'short for modes switch dev, modes switch prod'],
    ...[...commandsByNoun(table)].map(([noun, names]) => [noun, names.map(verbOf).join(', ')] as const),
    ['watch', 'what happens, one JSON object a line'],
    ['serve', 'host the services without a window until it is ended'],
  ];
  return [
    'Berth: see what runs, switch a compose project between dev and prod, safely.',
    '',
    'Usage: berth <command> [flags]',
    '',
    'Commands:',
    ...aligned(rows),
    '',
    'Flags of every command:',
    ...aligned(GLOBAL_HELP),
    '',
    'Exit codes:',
    ...aligned(EXIT_CODES),
    '',
    'Help for one command: berth <command> --help',
    '',
  ].join('\n');
}

/** What `berth modes --help` prints. */
export function nounHelp(noun: string, table: ContractTable): string {
  const names = commandsByNoun(table).get(noun) ?? [];
  return [`Usage: berth ${noun} <command> [flags]`, '', 'Commands:', ...aligned(names.map((name) => [verbOf(name), table[name]?.summary ?? ''] as const)), ''].join('\n');
}

/** What `berth modes switch --help` prints. */
export function commandHelp(name: string, entry: ContractEntry): string {
  const { words, flags } = rowsOf(entry);
  return [
    entry.summary,
    '',
    `Usage: ${usageLine(name, entry)}`,
    ...(words.length === 0 ? [] : ['', 'Words:', ...aligned(words)]),
    ...(flags.length === 0 ? [] : ['', 'Flags:', ...aligned(flags)]),
    ...(secretsText(entry) === '' ? [] : ['', secretsText(entry)]),
    ...(entry.asks ? ['', 'Asks before it changes anything; --yes answers.'] : []),
    ...(exitsText(entry) === '' ? [] : ['', exitsText(entry)]),
    '',
    'Flags of every command: berth --help',
    '',
  ].join('\n');
}

function secretsText({ secrets }: ContractEntry): string {
  const variables = Object.values(secrets);
  return variables.length === 0 ? '' : `Secrets are taken from ${variables.join(' and ')}, or asked for without showing them.`;
}

function exitsText({ exits }: ContractEntry): string {
  return exits.map(({ as, when }) => `Ends with ${String(ERROR_CODES[as])} when ${when}.`).join(' ');
}

function describeField(field: FieldDescription): string {
  const isSaid = field.choices.every((choice) => field.description.includes(choice));
  const parts = [field.required ? 'required' : '', field.description, isSaid ? '' : `one of ${field.choices.join(', ')}`, field.type === 'list' ? 'can be repeated' : '', field.defaultText === undefined ? '' : `default ${field.defaultText}`];
  return parts.filter((part) => part !== '').join('; ');
}

function aligned(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}

function tableRow(code: string, text: string): string {
  const cell = (part: string): string => part.replaceAll('|', '\\|');
  return `| \`${cell(code)}\` | ${cell(text)} |`;
}

/** docs/cli.md: the reference page of the command line, made from the contract. */
export function referencePage(table: ContractTable): string {
  const lines = [
    '# The command line',
    '',
    '<!-- Made from the contract by `npm run docs`. Do not edit. -->',
    '',
    'Without a window `berth` hosts the services itself; while the window is open it speaks to it. Progress and logs go to stderr. With `--json`',
    'stdout holds exactly one document: `{"ok":true,"value":…}` or `{"ok":false,"error":{"code","message","hint","where"?}}`. Commands that stream',
    '(`services logs --follow`, `watch`, `--watch`, `serve`) print one JSON object a line when stdout is not a terminal or `--json` is given.',
    '',
    'Short for switching: `berth dev`, `berth prod`. From a checkout: `bin/berth` or `npm run -s berth -- …`.',
    '',
    '## Flags of every command',
    '',
    '| flag | |',
    '|---|---|',
    ...GLOBAL_HELP.map(([flag, text]) => tableRow(flag, text)),
    '',
    'Environment: `BERTH_HOME` (folder of the state), `BERTH_SETTINGS` (`key=value,…` for settings that were never set), `DOCKER_HOST`, `DOCKER_CONTEXT`, `NO_COLOR`.',
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...EXIT_CODES.map(([code, text]) => `| ${code} | ${text} |`),
    '',
    'A command that answers, with `ok: true`, may still end with another code than 0, for example `checks run` with an error among its findings: that stands with it. `services exec` ends with the command’s own code.',
    '',
  ];
  for (const [noun, names] of commandsByNoun(table)) {
    lines.push(`## ${noun}`, '');
    for (const name of names) {
      const entry = table[name];
      if (entry === undefined) continue;
      lines.push(`### berth ${noun} ${verbOf(name)}`, '', entry.summary, '', '```', usageLine(name, entry), '```', '');
      const { words, flags } = rowsOf(entry);
      const rows = [...words, ...flags].filter(([, text]) => text !== '');
      if (rows.length > 0) lines.push(`| ${words.length === 0 ? 'flag' : 'word or flag'} | |`, '|---|---|', ...rows.map(([code, text]) => tableRow(code, text)), '');
      if (secretsText(entry) !== '') lines.push(secretsText(entry), '');
      if (entry.asks) lines.push('Asks before it changes anything; `--yes` answers.', '');
      if (exitsText(entry) !== '') lines.push(exitsText(entry), '');
    }
  }
  lines.push('## watch', '', 'What happens, one event a line, until it is ended.', '', '## serve', '', 'Hosts the services without a window until SIGTERM; prints one JSON object a line.', '');
  return `${lines.join('\n').trimEnd()}\n`;
}

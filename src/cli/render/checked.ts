import type { OutputOf } from '@shared/contract/contract';
import { paint, printable, table, type Terminal } from '../terminal';

type Cell = OutputOf<'checks.connectivity'>['cells'][number];

const STATES: { readonly [S in Cell['state']]: { readonly text: string; readonly style: 'green' | 'red' | 'yellow' | 'dim' } } = {
  open: { text: 'open', style: 'green' },
  closed: { text: 'closed', style: 'red' },
  'no-network': { text: 'no network', style: 'red' },
  'not-running': { text: 'not running', style: 'yellow' },
  'no-port': { text: 'no port', style: 'dim' },
};

type Fixed = OutputOf<'checks.fix'>;

/** How the answers about what was looked at beside the findings are shown: connections and variables. */
export const checkedRenderers = {
  'checks.fix': (value: Fixed, terminal: Terminal): string => fixedText(value, terminal),
  'checks.connectivity': (value: OutputOf<'checks.connectivity'>, terminal: Terminal): string =>
    value.cells.length === 0
      ? 'No service depends on another, so there is nothing to try.\n'
      : `${table(['FROM', 'TO', 'AT', 'ANSWER'], value.cells.map((one) => [one.from, one.to, one.port === 0 ? '-' : `${one.host}:${String(one.port)}`, STATES[one.state].text]))}${value.cells
          .filter((one) => one.state !== 'open')
          .map((one) => `${paint(terminal, STATES[one.state].style, STATES[one.state].text)} ${printable(one.detail)}\n`)
          .join('')}`,
  'compose.variables': (value: OutputOf<'compose.variables'>, _terminal: Terminal): string =>
    value.length === 0
      ? 'The files use no variables and set no environment.\n'
      : table(['SERVICE', 'NAME', 'VALUE', 'FROM', 'HIDES'], value.map((one) => [one.service ?? '-', one.name, one.value, one.source, one.shadowed.map((hidden) => `${hidden.source} (${hidden.value})`).join(', ')])),
} as const;

/** What was fixed, and what a person still has to do. */
function fixedText({ applied, diff, left }: Fixed, terminal: Terminal): string {
  const shown = `${printable(diff)}${diff.endsWith('\n') || diff === '' ? '' : '\n'}`;
  const done = applied.length === 0 ? 'Nothing was changed' : `Applied: ${applied.join(', ')}`;
  if (left.length === 0) return `${shown}${done}${applied.length === 0 && diff === '' ? ': there is no error that could be fixed.' : applied.length === 0 ? '.' : ''}\n`;
  const word = left.every((one) => one.severity === 'error') ? 'error' : 'fault';
  const still = `${left.length === 1 ? `One ${word} is` : `${String(left.length)} ${word}s are`} still there:`;
  return `${shown}${done}${applied.length === 0 ? '.' : ''}\n${still}\n${left.map((one) => leftText(one, terminal)).join('')}`;
}

function leftText({ code, severity, modes, service, message, reason, fixes }: Fixed['left'][number], terminal: Terminal): string {
  const named = fixes.map(({ id, title, opens }) => `\n      fix: ${printable(title)} (${opens === undefined ? `berth checks fix ${id}` : printable(opens.command)})`).join('');
  return `${paint(terminal, severity === 'error' ? 'red' : 'yellow', severity)} ${code}${service === undefined ? '' : ` ${printable(service)}`} in ${printable(modes.join(', '))}: ${printable(message)}\n      ${printable(reason)}${named}\n`;
}

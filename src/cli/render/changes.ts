import type { OutputOf } from '@shared/contract/contract';
import { duration, paint, printable, table, type Terminal } from '../terminal';

type Row = OutputOf<'changes.deploy'>['services'][number];
type Finding = OutputOf<'checks.run'>['findings'][number];

const MARKS = { keep: '=', create: '+', recreate: '~', remove: '-', start: '>' } as const;

/** What was edited, in a few words. */
const KINDS = { removed: 'removed', added: 'new', directories: 'its folder moved', dependencies: 'its dependencies changed', restructured: 'restructured', rebuilt: 'its image changed', settings: 'its settings changed', follows: 'follows another service', stopped: 'stopped' } as const;

/** How the answers about changes are shown. `findings` is how findings are shown everywhere. */
export function changesRenderers(findings: (list: Finding[], terminal: Terminal) => string) {
  return {
    'changes.show': (value: OutputOf<'changes.show'>, _terminal: Terminal): string => {
      const lines = value.changes.map((one) => `  ${MARKS[one.action]} ${printable(one.service)}: ${one.kind === undefined ? one.action : KINDS[one.kind]}${one.reasons.length === 0 ? '' : ` (${printable(one.reasons.join('; '))})`}\n`);
      const next = value.deployable ? 'Deploy them: berth changes deploy\n' : value.pending ? 'Test them: berth changes test\n' : '';
      return `${lines.join('')}${printable(value.reason)}\n${next}`;
    },
    'changes.test': (value: OutputOf<'changes.test'>, terminal: Terminal): string =>
      `${rowsText(value.services)}${findings(value.findings, terminal)}${paint(terminal, value.ok ? 'green' : 'red', value.ok ? 'passed' : 'failed')} ${printable(value.summary)} (${duration(value.tookMs)})\n`,
    'changes.deploy': (value: OutputOf<'changes.deploy'>, _terminal: Terminal): string => `${rowsText(value.services)}${printable(value.summary)}${outageText(value.outageMs)}\n`,
    'changes.rollback': (value: OutputOf<'changes.rollback'>, _terminal: Terminal): string => `${rowsText(value.services)}${printable(value.summary)}${outageText(value.outageMs)}\n`,
  } as const;
}

function rowsText(rows: readonly Row[]): string {
  return rows.length === 0 ? '' : table(['SERVICE', 'ACTION', 'STATE', 'HEALTH', 'NOTE'], rows.map((one) => [one.service, one.action, one.state, one.health === 'none' ? '-' : one.health, one.detail]));
}

function outageText(outageMs: number): string {
  return outageMs === 0 ? ' No service was away.' : ` Services were away for ${duration(outageMs)}.`;
}

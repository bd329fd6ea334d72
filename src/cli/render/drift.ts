import type { OutputOf } from '@shared/contract/contract';
import { printable, table } from '../terminal';

type Drift = OutputOf<'drift.list'>[number];

/** Drift for people: what is wanted against what is, field by field. */
export function driftText(drifts: readonly Drift[]): string {
  if (drifts.length === 0) return 'No drift: what runs is what is wanted.\n';
  const rows = drifts.map((one) => [one.id, one.service === '' ? '-' : one.service, one.field, one.desired, one.actual, one.cause, stateText(one)]);
  const reasons = drifts.map((one) => `  ${printable(one.service === '' ? 'mode' : one.service)} ${printable(one.field)}: ${printable(one.why)}\n`).join('');
  return `${table(['ID', 'SERVICE', 'FIELD', 'WANTED', 'IS', 'CAUSE', 'STATE'], rows)}${reasons}`;
}

/** What healing did. */
export function healedText(result: OutputOf<'drift.heal'>): string {
  if (result.healed.length === 0 && result.left.length === 0) return 'There was no drift, so nothing was changed.\n';
  const left = result.left.length === 0 ? '' : ` Still there: ${printable(result.left.join(', '))}.`;
  return `Healed ${String(result.healed.length)} of ${String(result.healed.length + result.left.length)}.${left}\n`;
}

/** Who is asked before drift is healed. */
export function policiesText(policies: OutputOf<'drift.policies'>): string {
  return table(['SERVICE', 'POLICY'], [['(project)', policies.project], ...Object.entries(policies.services).map(([service, policy]) => [service, policy])]);
}

function stateText(one: Drift): string {
  if (one.state === 'waiting' && one.nextTryAt !== null) return `tried again at ${one.nextTryAt}`;
  return one.state === 'open' ? (one.policy === 'ask' ? 'open, asks' : 'open') : one.state;
}

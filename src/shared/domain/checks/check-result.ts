import { finding, type Finding, type FindingFix } from '../findings/finding';
import type { CheckFix, CheckResult, FixAction } from './facts';

/** Something a fix could do, in the words of its button. */
export interface ProposedFix {
  readonly title: string;
  readonly action: FixAction;
}

/** Builds a finding whose fixes carry stable ids, the first one being the proposed one. */
export function checkResult(
  parts: Omit<Finding, 'id' | 'area' | 'fixes'> & { readonly object: string },
  actions: readonly ProposedFix[] = [],
): CheckResult {
  return withFixes(finding(parts), actions);
}

/** A finding with its fixes: `<action>:<finding id>`, and a number behind it where several of a kind are to choose from. */
export function withFixes(bare: Finding, actions: readonly ProposedFix[]): CheckResult {
  const fixes = actions.map(({ title, action }, index): CheckFix => {
    const before = actions.slice(0, index).filter((one) => one.action.kind === action.kind).length;
    return { id: `${action.kind}:${bare.id}${before === 0 ? '' : `:${String(before + 1)}`}`, title, action };
  });
  return { finding: { ...bare, fixes: fixes.map(shownFix) }, fixes };
}

function shownFix({ id, title, action }: CheckFix): FindingFix {
  if (action.kind !== 'open') return { id, title };
  const { dialog, service, command } = action;
  return { id, title, opens: { dialog, command, ...(service === undefined ? {} : { service }) } };
}

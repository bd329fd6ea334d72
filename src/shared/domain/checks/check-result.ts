import { finding, type Finding } from '../findings/finding';
import type { CheckFix, CheckResult, FixAction } from './facts';

/** Builds a finding whose fixes carry stable ids: `<action>:<finding id>`, the first one being the proposed one. */
export function checkResult(
  parts: Omit<Finding, 'id' | 'area' | 'fixes'> & { readonly object: string },
  actions: readonly { readonly title: string; readonly action: FixAction }[] = [],
): CheckResult {
  const bare = finding(parts);
  const fixes: CheckFix[] = actions.map(({ title, action }) => ({ id: `${action.kind}:${bare.id}`, title, action }));
  return { finding: { ...bare, fixes: fixes.map(({ id, title }) => ({ id, title })) }, fixes };
}

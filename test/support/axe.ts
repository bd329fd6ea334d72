import axe from 'axe-core';
import type { Page } from 'playwright';

/** What axe found wrong on the page as it is now: one line a problem, empty when there is none. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // Evaluated through the debugger, so that the page's own policy need not allow it.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: injected } = window as unknown as { axe: { run(context: Document, options: object): Promise<{ violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[] }> } };
    const { violations } = await injected.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } });
    return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${violation.help}\n  ${node.html.slice(0, 200)}\n  ${node.failureSummary.replaceAll('\n', ' ')}`));
  });
}

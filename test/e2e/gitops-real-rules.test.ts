import { describe, expect, it } from 'vitest';
import { repositoryApp } from '../support/app-repository';
import { accessibilityProblems } from '../support/axe';

const DONE_MS = 30_000;
/** Pairs of files that say the same. */
const PAIRS = 60;

const manifest = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: shop\ndata:\n  key: ${name}\n`;
const FILES: Readonly<Record<string, string>> = Object.fromEntries(Array.from({ length: PAIRS }, (_, index) => ['production', 'examples'].map((folder) => [`deploy/${folder}/c${String(index)}.yaml`, manifest(`c${String(index)}`)] as const)).flat());

/** Rules, policies and branches, through the real window over a real repository. */
describe('how duplicates are resolved, in the window', () => {
  const place = repositoryApp('gwr', FILES);

  it('takes rules as YAML, says where a text is wrong, and how many groups change before it counts', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await window.getByTestId('nav-project').waitFor();
    await window.keyboard.press('7');
    await window.getByTestId('files-duplicates').click();
    await place.berth.press('gitops-first-scan');
    await window.getByTestId('class-exact-dup').waitFor({ timeout: DONE_MS });
    await place.berth.press('gitops-rules-open');
    await place.berth.press('rules-as-yaml');
    await window.getByTestId('editor-text').click();
    await window.keyboard.press('Control+a');
    await window.keyboard.insertText('directory_priority:\n  - /examples/\n  - [/production/]\n');
    await window.getByTestId('rules-problem').getByText(/^Line \d/).waitFor({ timeout: DONE_MS });
    expect(await window.getByTestId('rules-save').isDisabled()).toBe(true);
    expect(await accessibilityProblems(window)).toEqual([]);
    await window.keyboard.press('Control+a');
    await window.keyboard.insertText('directory_priority:\n  - /examples/\n  - /production/\n  - /last/\n');
    await window.getByTestId('rules-effect').getByText(`${String(PAIRS)} groups keep another file`).waitFor({ timeout: DONE_MS });
    await place.berth.press('rules-save');
    await window.getByTestId('gitops-rules').waitFor({ state: 'detached', timeout: DONE_MS });
    await expect.poll(() => window.getByTestId('gitops-groups').locator('button').first().textContent(), { timeout: DONE_MS }).toContain('keeps deploy/examples/');
    await place.berth.press('gitops-rules-open');
    await place.berth.press('rules-back-1');
    await window.getByTestId('gitops-rules').waitFor({ state: 'detached', timeout: DONE_MS });
    await expect.poll(() => window.getByTestId('gitops-groups').locator('button').first().textContent(), { timeout: DONE_MS }).toContain('keeps deploy/production/');
  });

  it('does with the copies what the lines for their folder and kind say', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await place.berth.press('gitops-settings-open');
    await window.getByTestId('gitops-interval').fill('600');
    await place.berth.press('policy-add');
    await window.getByTestId('policy-folder-0').fill('/examples/');
    await window.getByTestId('policy-kind-0').fill('ConfigMap');
    await window.getByTestId('policy-action-0').selectOption('move');
    expect(await window.getByTestId('gitops-settings-save').isDisabled()).toBe(true);
    await window.getByTestId('policy-target-0').fill('retired');
    expect(await accessibilityProblems(window)).toEqual([]);
    await place.berth.press('gitops-settings-save');
    await window.getByTestId('gitops-settings').waitFor({ state: 'detached', timeout: DONE_MS });
    const settings = await place.home.berth(['gitops', 'settings', '--project', place.project.id, '--json']);
    expect(settings.stdout).toContain('"duplicate_scan_interval":600');
    await place.berth.press('gitops-resolve');
    await window.getByTestId('plan-changes').getByText('→ retired').first().waitFor({ timeout: DONE_MS });
    await window.keyboard.press('Escape');
  });

  it('puts a resolution on a branch of its own, and leaves the other as it is', { timeout: 240_000 }, async () => {
    const { window } = place.berth;
    const main = place.repository.git('rev-parse', 'main');
    await place.berth.press('gitops-resolve');
    await window.getByTestId('plan-on-branch').check();
    await window.getByTestId('plan-branch').fill('gitops/once-only');
    expect(await accessibilityProblems(window)).toEqual([]);
    await place.berth.press('plan-resolve');
    await window.getByTestId('gitops-plan').waitFor({ state: 'detached', timeout: DONE_MS * 2 });
    expect(place.repository.git('symbolic-ref', '--short', 'HEAD')).toBe('gitops/once-only');
    expect(place.repository.git('rev-parse', 'main')).toBe(main);
    expect(place.repository.git('diff', '--name-status', '--no-renames', 'main', 'HEAD').split('\n').filter((line) => line.startsWith('D\tdeploy/examples/'))).toHaveLength(PAIRS);
  });
});

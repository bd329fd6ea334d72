import { expect, it, describe } from 'vitest';
import { look, useWindow } from '../support/window-fixture';

/** The tabs Duplicates and Templates of the files page, over a world in memory. */
describe('manifests in the window', () => {
  const open = useWindow();

  it('shows groups by what they are, and resolves them as rules or the user say', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const { window } = app;
    await window.keyboard.press('7');
    await window.getByTestId('files-files').focus();
    await window.keyboard.press('ArrowRight');
    await window.keyboard.press('ArrowRight');
    await window.getByTestId('gitops-never').waitFor();
    await look(app, 'gitops-never');
    await window.getByTestId('gitops-first-scan').focus();
    await window.keyboard.press('Enter');
    await window.getByTestId('class-identity-conflict').waitFor();
    await window.getByTestId('gitops-groups').focus();
    await window.keyboard.press('j');
    await window.keyboard.press('Enter');
    const detail = window.getByTestId('gitops-group');
    await detail.getByText('/spec/template/spec/containers/0/image').waitFor();
    await look(app, 'gitops-duplicates');

    await window.getByTestId('group-compare').click();
    await window.getByTestId('compare-answer').getByText('1 place differs').waitFor();
    await window.keyboard.press('Escape');
    expect(await window.getByTestId('group-resolve').isDisabled()).toBe(true);
    await window.getByTestId('keep-deploy/environments/cart.yaml#0').check();
    await window.getByTestId('action-deploy/old/cart.yaml#0').selectOption('archive');
    await window.getByTestId('group-merge').click();
    await window.getByTestId('merge-open').getByText('1 conflict is not decided').waitFor();
    await look(app, 'gitops-merge');
    expect(await window.getByTestId('merge-use').isDisabled()).toBe(true);
    await window.getByTestId('merge-right-1').click();
    await window.getByTestId('merge-use').click();
    await window.getByTestId('gitops-merge').waitFor({ state: 'detached' });
    await window.getByTestId('group-resolve').click();
    await window.getByTestId('plan-resolve').click();
    await window.getByTestId('gitops-undo').waitFor();
    await expect.poll(() => window.getByTestId('group-g_identity-conflict_cart').count()).toBe(0);
    await window.getByTestId('gitops-undo-button').click();
    await window.getByTestId('group-g_identity-conflict_cart').waitFor();

    await window.getByTestId('group-g_exact-dup_web').click();
    await window.getByTestId('keep-deploy/examples/web.yaml#0').check();
    await window.getByTestId('group-similar').click();
    await window.getByTestId('resolve-decided').getByText('Resolve 8 decided groups').waitFor();
    await window.getByTestId('gitops-resolve').click();
    await window.getByTestId('plan-changes').waitFor();
    await window.getByTestId('plan-on-branch').check();
    await look(app, 'gitops-plan');
    await window.keyboard.press('Escape');
  });

  it('compares by text and by meaning, side by side and in one', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('files-duplicates').click();
    await window.getByTestId('gitops-first-scan').click();
    await window.getByTestId('gitops-class').selectOption('semantic-dup');
    await window.getByTestId('group-g_semantic-dup_api').click();
    await window.getByTestId('group-compare').click();
    await expect.poll(() => window.getByTestId('compare-answer').textContent()).toMatch(/differ/);
    await look(app, 'gitops-compare-text');
    await window.getByTestId('compare-unified').click();
    await look(app, 'gitops-compare-unified');
    await window.getByTestId('compare-side').click();
    await window.getByTestId('compare-meaning').click();
    await window.getByTestId('compare-same').getByText('No difference').waitFor();
    await look(app, 'gitops-compare-meaning');
  });

  it('puts rules in another order, says first how many groups change, and goes back', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('files-duplicates').click();
    await window.getByTestId('gitops-rules-open').click();
    await window.getByTestId('rules-effect').getByText('Nothing changed yet').waitFor();
    await window.getByTestId('rules-directories').locator('[data-entry]').last().focus();
    for (let times = 0; times < 3; times += 1) await window.keyboard.press('Alt+ArrowUp');
    await window.getByTestId('rules-effect').getByText('9 groups keep another file').waitFor();
    await look(app, 'gitops-rules');
    await window.getByTestId('rules-as-yaml').click();
    await window.getByTestId('rules-problem').getByText('These rules can be read.').waitFor();
    await look(app, 'gitops-rules-yaml');
    await window.getByTestId('rules-note').fill('Examples first');
    await window.getByTestId('rules-save').click();
    await window.getByTestId('gitops-rules').waitFor({ state: 'detached' });
    await window.getByTestId('gitops-rules-open').click();
    await window.getByTestId('rules-back-1').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('gitops-settings-open').click();
    await window.getByTestId('gitops-policies').waitFor();
    await look(app, 'gitops-settings');
    await window.keyboard.press('Escape');
    await window.keyboard.press('F1');
    await window.getByTestId('page-help').getByText('Help: Duplicates').waitFor();
  });

  it('shows where git stands, its branches and commits, and has conflicts decided', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('files-git').click();
    await window.getByText('main, 4 files are not committed').waitFor();
    await look(app, 'git-changes');
    await window.getByTestId('git-branches').click();
    await window.getByTestId('branch-main').waitFor();
    await look(app, 'git-branches');
    await window.getByTestId('git-history').click();
    await window.getByTestId('git-commits').waitFor();
    await look(app, 'git-history');
    await window.getByTestId('commit-a1b2c3d4').first().click();
    await window.getByTestId('compare-answer').getByText('2 places differ').waitFor();
    await look(app, 'git-commit');
    await window.keyboard.press('Escape');
    await window.getByTestId('git-sync').click();
    await window.getByTestId('git-decide').click();
    await window.getByTestId('merge-open').getByText('1 conflict is not decided').waitFor();
    await look(app, 'git-conflict');
    await window.getByTestId('merge-left-1').click();
    await window.getByTestId('git-merge-now').click();
    await window.getByTestId('git-conflicts').waitFor({ state: 'detached' });
  });

  it('shows templates, what they make with other values, and why one cannot be rendered', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('files-templates').click();
    await window.getByTestId('template-output').getByText('replicas: 2').waitFor();
    await look(app, 'templates');
    await window.getByTestId('template-view-context').click();
    await window.getByTestId('template-context').fill('{ "replicas": 7 }');
    await window.getByTestId('template-view-output').click();
    await window.getByTestId('template-output').getByText('replicas: 7').waitFor();
    await window.getByTestId('template-broken.yaml').click();
    await window.getByTestId('template-problem').getByText('owner is not defined.').waitFor();
    await look(app, 'templates-problem');
    await window.getByTestId('template-view-source').click();
    await window.getByTestId('template-go').waitFor();
    await look(app, 'templates-editor');
    await window.getByTestId('template-view-versions').click();
    await window.getByTestId('template-back-1').waitFor();
    await look(app, 'templates-versions');
    await window.getByTestId('templates-render').click();
    await window.getByTestId('render-dialog').waitFor();
  });

  it('lists every manifest, with what can be done with each', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('files-of-all').click();
    await window.getByTestId('manifest-deploy/production/cart.yaml').click();
    await window.getByTestId('file-menu').click();
    await window.getByTestId('file-menu-rename').waitFor();
    await look(app, 'files-manifests');
    await window.getByTestId('file-menu-history').click();
    await window.getByTestId('file-history-entries').waitFor();
    await look(app, 'files-history');
    await window.keyboard.press('Escape');
    await window.getByTestId('file-new').click();
    await window.getByTestId('life-to').fill('deploy/production/pay.yaml');
    await window.getByTestId('file-create').getByTestId('plan-document').waitFor();
    await look(app, 'files-new');
  });

  it('says what each tab is for where there is nothing', { timeout: 120_000 }, async () => {
    const app = await open('storage-new');
    const { window } = app;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('files-templates').click();
    await window.getByTestId('templates-none').waitFor();
    await look(app, 'templates-none');
    await window.getByTestId('files-duplicates').click();
    await window.getByTestId('gitops-first-scan').click();
    await window.getByTestId('gitops-none').waitFor();
    await look(app, 'gitops-none');
  });
});

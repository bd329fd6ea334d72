import { describe, expect, it } from 'vitest';
import { findingCodes } from '../support/finding-codes';
import { useWindow, look } from '../support/window-fixture';

/** The tabs of Conflicts, the graph, and the dialogs that change files, over a world in memory. */
describe('conflicts and changes in the window', () => {
  const open = useWindow();

  it('shows every finding by what it blocks, filters, and jumps to its line, with keys alone', async () => {
    const app = await open('blocked');
    const { window } = app;
    await window.keyboard.press('3');
    await window.getByTestId('findings-error-prod').getByText('Stops a switch to prod').waitFor();
    expect(await window.getByTestId('area-ports').getAttribute('data-state')).toBe('error');
    expect(await window.getByTestId('area-mounts').getAttribute('data-state')).toBe('warning');
    expect(await window.getByTestId('area-networks').getAttribute('data-state')).toBe('pass');

    await window.keyboard.press('j');
    await window.keyboard.press('Enter');
    const marked = window.locator('[data-testid="source-lines"] [data-marked="true"]');
    await marked.waitFor();
    expect(await marked.textContent()).toMatch(/^14/);
    expect(await marked.evaluate((element) => element.getBoundingClientRect().top < innerHeight)).toBe(true);
    await look(app, 'source');
    await window.keyboard.press('Escape');
    await window.getByTestId('source-viewer').waitFor({ state: 'detached' });
    await window.keyboard.press('f');
    await window.getByTestId('diff').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('fix-dialog').waitFor({ state: 'detached' });

    const findings = window.locator('[data-testid="findings"] li');
    await window.getByTestId('area-builds').click();
    await expect.poll(() => findings.count()).toBe(1);
    await window.getByTestId('area-builds').click();
    await window.getByTestId('finding-severity').selectOption('warning');
    await expect.poll(() => findings.count()).toBe(1);
    await window.getByTestId('finding-severity').selectOption('');
    await window.getByTestId('finding-service').selectOption('postgres');
    await window.getByTestId('finding-filter').fill('worker');
    await window.getByText('No finding matches').waitFor();
    await window.getByRole('button', { name: 'Clear the filter' }).click();
    await window.getByTestId('finding-group').selectOption('area');
    await window.getByTestId('findings-builds').waitFor();
    await look(app, 'conflicts-area');
  });

  it('fixes all after one preview, and takes it back', async () => {
    const app = await open('blocked');
    const { window } = app;
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('fix-all').click();
    await window.getByTestId('diff').waitFor();
    await window.getByTestId('fix-apply').click();
    await window.getByTestId('fix-dialog').waitFor({ state: 'detached' });
    await window.getByTestId('undo-fix').click();
    await window.getByTestId('undo-dialog').getByText('goes back to what it was').waitFor();
    await window.getByTestId('undo-confirm').click();
    await window.getByTestId('undo-dialog').waitFor({ state: 'detached' });
  });

  it('opens only files of the project in the editor, and says so when there is none', async () => {
    const app = await open('blocked');
    await app.window.getByTestId('nav-conflicts').click();
    await app.window.getByTestId('finding-edit').first().click();
    await app.window.getByTestId('notice').getByText('No editor that Berth knows').waitFor();
    const refused = await app.window.evaluate(() => window.berth.window('open-in-editor', { projectId: 'p_0123456789abc', file: '/etc/passwd', line: 1 }));
    expect(refused).toMatchObject({ ok: false, error: { code: 'policy-refused' } });
  });

  it('maps ports and says where values come from', async () => {
    const app = await open('blocked');
    const { window } = app;
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('conflicts-ports').click();
    await window.getByTestId('port-dev-8000').getByText('node (pid 4121)').waitFor();
    await look(app, 'ports');
    await window.getByTestId('copy-ports').click();
    await window.getByText('Copied').waitFor();
    await window.getByTestId('port-prod-9200').getByRole('button').click();
    await window.getByTestId('source-viewer').getByText('docker-compose.clean.yml').first().waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('remap-ports').click();
    await window.getByTestId('plan-document').waitFor();
    await window.getByTestId('remap-offset').fill('0');
    await expect.poll(() => window.getByTestId('change-apply').isDisabled()).toBe(true);
    await window.getByTestId('remap-offset').fill('250');
    await window.getByText('8000 becomes 8250').waitFor();
    await expect.poll(() => window.getByTestId('change-apply').isEnabled()).toBe(true);
    await look(app, 'remap');
    await window.keyboard.press('Escape');

    await window.getByTestId('conflicts-variables').click();
    await window.getByTestId('variable-api-NODE_ENV').getByText('hides api/.env:1').waitFor();
    await look(app, 'variables');
    await window.getByTestId('variables-mode').selectOption('prod');
    await window.getByTestId('variable-api-NODE_ENV').getByText('production').waitFor();
  });

  it('says on the page of the project what was edited and does not run yet, and applies it by way of its plan', async () => {
    const app = await open('blocked');
    const { window } = app;
    const strip = window.getByTestId('pending-changes');
    await strip.getByText('api (settings changed), worker (dependencies changed)').waitFor();
    await look(app, 'pending');
    await window.getByTestId('pending-apply').click();
    await window.getByTestId('plan-sheet').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('plan-sheet').waitFor({ state: 'detached' });
    await window.getByTestId('pending-show').click();
    await window.getByTestId('change-worker').locator('[data-kind="dependencies"]').waitFor();
    expect(await window.getByTestId('changes-apply').isEnabled()).toBe(true);
  });

  it('adds a service: from a folder or an image, with its mounts in one mode, after its plan was shown', async () => {
    const app = await open('blocked');
    const { window } = app;
    await window.getByTestId('project-actions').click();
    await window.getByTestId('action-add-service').click();
    const dialog = window.getByTestId('add-service-dialog');
    await dialog.getByText('Give it a name, and the folder or the image it comes from.').waitFor();
    await window.getByTestId('add-service-name').fill('monitoring-service');
    await window.getByTestId('add-service-context').fill('./monitoring-service');
    await window.getByTestId('add-service-mounts').fill('./monitoring-service/main.py:/app/main.py\n./shared:/app/shared');
    await window.getByTestId('add-service-ports').fill('8090:80');
    await dialog.getByTestId('plan-document').waitFor();
    await expect.poll(() => window.getByTestId('change-apply').isEnabled()).toBe(true);
    await look(app, 'add-service');
    await window.getByTestId('add-service-source').selectOption('image');
    await expect.poll(() => window.getByTestId('change-apply').isDisabled()).toBe(true);
    await window.getByTestId('add-service-image').fill('redis:7-alpine');
    await expect.poll(() => window.getByTestId('change-apply').isEnabled()).toBe(true);
    await window.getByTestId('change-apply').click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('shows who reaches whom, what is tested and deployed, and ten points', async () => {
    const app = await open('blocked');
    const { window } = app;
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('conflicts-connectivity').click();
    await look(app, 'connectivity-never');
    await window.getByTestId('check-connectivity').click();
    await expect.poll(() => window.getByTestId('cell-worker-cache').textContent()).toContain('no network');
    expect(await window.getByTestId('cell-api-search').getAttribute('data-state')).toBe('closed');
    expect(await window.getByTestId('page-answer').textContent()).toBe('2 of 6 ways are not open');
    await look(app, 'connectivity');

    await window.getByTestId('conflicts-changes').click();
    await window.getByText('These changes were not tested yet.').waitFor();
    expect(await window.getByTestId('changes-deploy').isDisabled()).toBe(true);
    await window.getByTestId('changes-test').click();
    await window.getByTestId('test-report').getByText('the running project was not touched').waitFor();
    await expect.poll(() => window.getByTestId('changes-deploy').isEnabled()).toBe(true);
    await look(app, 'changes');
    await window.getByTestId('changes-rollback').click();
    await window.getByTestId('rollback-dialog').waitFor();
    await window.keyboard.press('Escape');

    await window.getByTestId('conflicts-robustness').click();
    await window.getByTestId('run-robustness').click();
    await window.getByTestId('point-p8').getByText('missed').waitFor();
    expect(await window.getByTestId('page-answer').textContent()).toBe('9 of 10 points');
    await look(app, 'robustness');
  });

  it('has an entry for everything that can be found, and says which of them stand here', async () => {
    const app = await open('blocked');
    const { window } = app;
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('conflicts-guide').click();
    await window.getByText('stand in this project').waitFor();
    await look(app, 'guide');
    const codes = await window.locator('[data-testid="guide"] [data-stands]').evaluateAll((entries) => entries.map((entry) => entry.getAttribute('data-testid')?.replace('guide-', '') ?? ''));
    expect(codes.filter((code) => /^[A-Z_]+$/.test(code)).sort()).toEqual([...(await findingCodes())].sort());
    const taken = window.getByTestId('guide-PORT_TAKEN');
    expect(await taken.getAttribute('data-stands')).toBe('true');
    await taken.getByRole('button', { name: 'Use port 8001' }).click();
    await window.getByTestId('fix-dialog').getByTestId('diff').waitFor();
    await window.keyboard.press('Escape');
    await taken.getByTestId('finding-show').click();
    await window.getByTestId('source-viewer').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('guide-filter').fill('disk full');
    await window.getByRole('button', { name: 'Show the disk: The disk is full' }).click();
    await window.getByTestId('page-activity').waitFor();
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('guide-filter').fill('no such words');
    await window.getByRole('button', { name: 'Clear the filter' }).click();
    await window.getByTestId('guide-DOCKERFILE_MISSING').getByRole('button', { name: 'Check now: DOCKERFILE_MISSING' }).click();
    await window.getByTestId('guide-check').and(window.locator(':enabled')).waitFor();
  });

  it('draws the services as a graph that keys can walk', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('view-graph').click();
    await window.getByTestId('node-volume-postgres_data').getByText('1,240 MiB').waitFor();
    // Told by an event once it was measured.
    await window.getByTestId('node-volume-search_index').getByText('96 MiB').waitFor();
    await look(app, 'graph');
    expect(await window.getByTestId('node-api').getByRole('button').textContent()).toContain('Waits for postgres, cache, search. web waits for it.');
    await window.keyboard.press('j');
    await window.keyboard.press('Enter');
    await window.getByTestId('service-drawer').getByRole('heading', { name: 'api' }).waitFor();
    expect(await window.getByTestId('node-worker').getAttribute('data-dim')).toBe('true');
    await look(app, 'graph-service');
    await window.keyboard.press('Escape');
    await window.getByRole('button', { name: 'frontend, planned, not there yet', exact: true }).click();
    await expect.poll(() => window.getByTestId('node-postgres').getAttribute('data-dim')).toBe('true');
  });

  it('shows what an action does before it is done', async () => {
    const app = await open('running');
    const { window } = app;
    const act = async (name: string): Promise<void> => {
      await window.getByTestId('project-actions').click();
      await window.getByTestId(`action-${name}`).click();
    };
    await window.getByTestId('project-actions').click();
    await window.getByTestId('action-clean').waitFor();
    await look(app, 'actions');
    await window.keyboard.press('Escape');

    await act('clean');
    const lists = window.getByTestId('clean-lists');
    await lists.getByText('stay with their data').waitFor();
    expect(await window.getByTestId('clean-volumes').isChecked()).toBe(false);
    await window.getByTestId('clean-project').getByText('Start dev again afterwards').waitFor();
    await window.getByTestId('clean-volumes').check();
    await lists.getByText('shop_postgres_data').waitFor();
    expect(await window.getByTestId('clean-project-confirm').textContent()).toBe('Keep the volumes in a snapshot and clean');
    await look(app, 'clean-project');
    await window.keyboard.press('Escape');

    await act('healthcheck');
    await window.getByTestId('healthcheck-service').selectOption('postgres');
    await window.getByTestId('healthcheck-from').getByText('as its image brings it along').waitFor();
    expect(await window.getByTestId('healthcheck-command').inputValue()).toBe('pg_isready -U app');
    expect(await window.getByTestId('change-apply').isDisabled()).toBe(true);
    await window.getByTestId('healthcheck-service').selectOption('cache');
    await window.getByTestId('healthcheck-from').getByText('has none yet').waitFor();
    await window.getByTestId('healthcheck-port').fill('8000');
    await window.getByTestId('plan-document').waitFor();
    await look(app, 'healthcheck');
    await window.getByTestId('healthcheck-kind').selectOption('command');
    await expect.poll(() => window.getByTestId('change-apply').isDisabled()).toBe(true);
    await window.getByTestId('healthcheck-command').fill('pg_isready');
    await expect.poll(() => window.getByTestId('change-apply').isEnabled()).toBe(true);
    await window.getByTestId('change-apply').click();
    await window.getByTestId('healthcheck-dialog').waitFor({ state: 'detached' });
    await window.getByTestId('change-undo').click();
    await window.getByTestId('undo-dialog').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('undo-dialog').waitFor({ state: 'detached' });

    await act('resubnet');
    await window.getByTestId('resubnet-dialog').getByText('Say the new range, as large as the one it has').waitFor();
    expect(await window.getByTestId('resubnet-network').locator('option').allTextContents()).toEqual(['backend, now 10.9.0.0/24']);
    await window.getByTestId('resubnet-to').fill('10.20.0.0/24');
    await window.getByTestId('resubnet-dialog').getByTestId('plan-document').waitFor();
    await look(app, 'resubnet');
    await window.keyboard.press('Escape');
    await window.getByTestId('resubnet-dialog').waitFor({ state: 'detached' });

    for (const [name, fields, dialog] of [['rename-network', ['rename-network-to'], 'rename-network-dialog'], ['relocate', ['relocate-from', 'relocate-to'], 'relocate-dialog'], ['scripts', ['scripts-dir'], 'scripts-dialog']] as const) {
      await act(name);
      for (const field of fields) await window.getByTestId(field).fill('inner');
      await window.getByTestId(dialog).getByTestId('plan-document').waitFor();
      await window.keyboard.press('Escape');
      await window.getByTestId(dialog).waitFor({ state: 'detached' });
    }
    await act('rebuild');
    await window.getByTestId('rebuild-dialog').waitFor();
    await window.getByTestId('rebuild-confirm').click();
    await window.getByTestId('rebuild-dialog').waitFor({ state: 'detached' });
  });
});

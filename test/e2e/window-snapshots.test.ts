import { describe, expect, it } from 'vitest';
import type { RunningApp } from '../support/electron-app';
import { trayDriver } from '../support/tray-driver';
import { look, picture, useWindow } from '../support/window-fixture';
import type { WorldName } from '../support/window-world';
import { snapshotIdAt } from '../support/window-world-snapshots';

/** The snapshots page over a world in memory: every tab, what is asked first, and what goes wrong. */
describe('snapshots in the window', () => {
  const openWorld = useWindow();

  async function open(world: WorldName): Promise<RunningApp> {
    const app = await openWorld(world);
    await app.window.getByTestId('nav-snapshots').click();
    await app.window.getByTestId('page-snapshots').waitFor();
    return app;
  }

  const answer = (app: RunningApp): Promise<string | null> => app.window.getByTestId('page-answer').textContent();
  const focused = (app: RunningApp): Promise<string | null | undefined> => app.window.evaluate(() => document.activeElement?.getAttribute('data-testid'));

  /** The system's dialogs answer with these; what they were asked is kept. */
  async function answerDialogs(app: RunningApp, path: string): Promise<() => Promise<readonly { readonly title: string; readonly defaultPath?: string }[]>> {
    await app.app.evaluate(({ dialog }, chosen) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { berthAsked: asked });
      Object.assign(dialog, {
        showSaveDialog: (...given: readonly unknown[]) => (asked.push(given.at(-1)), Promise.resolve({ canceled: chosen === '', filePath: chosen })),
        showOpenDialog: (...given: readonly unknown[]) => (asked.push(given.at(-1)), Promise.resolve({ canceled: chosen === '', filePaths: chosen === '' ? [] : [chosen] })),
      });
    }, path);
    return () => app.app.evaluate(() => (globalThis as unknown as { berthAsked: { title: string; defaultPath?: string }[] }).berthAsked);
  }

  it('says how far back one can go, in words, numbers, on a line and in a list that lives on keys', async () => {
    const app = await open('running');
    const { window } = app;
    await expect.poll(() => answer(app)).toBe('Back as far as 13 days ago, last good 4 min ago');
    expect(await window.getByTestId('snapshots-numbers').textContent()).toContain('Prune would free38 MiB');
    expect(await window.getByTestId('snapshots-count').textContent()).toBe('15 snapshots');
    await look(app, 'snapshots');

    await window.keyboard.press('2');
    await window.getByTestId('snapshots-list').waitFor({ state: 'detached' });
    await window.keyboard.press('6');
    await window.getByTestId('snapshots-list').waitFor();
    await window.keyboard.press('j');
    expect(await focused(app)).toBe(`snapshot-${snapshotIdAt(0)}`);
    await window.keyboard.press('j');
    await window.keyboard.press('Enter');
    const sheet = window.getByTestId('snapshot-sheet');
    await sheet.getByText('flushed, then paused').waitFor();
    await sheet.getByText('A device is not kept.').waitFor();
    await look(app, 'snapshot-sheet');
    await window.getByTestId('sheet-verify').click();
    await sheet.waitFor({ state: 'detached' });
    await expect.poll(() => window.getByTestId('snapshots-outcome').textContent()).toContain('1,204 objects are as they were written');
    await expect.poll(() => window.getByTestId(`snapshot-${snapshotIdAt(1)}`).textContent()).toContain('just now');

    await window.getByTestId(`more-${snapshotIdAt(1)}`).click();
    await picture(window, 'snapshots-menu');
    await window.getByTestId('menu-pin').click();
    await expect.poll(() => window.getByTestId('snapshots-numbers').textContent()).toContain('3 pinned');

    await window.keyboard.press('/');
    await window.keyboard.type('release');
    await expect.poll(() => window.getByTestId('snapshots-count').textContent()).toBe('1 of 15 snapshots');
    await window.getByTestId('snapshots-filter').fill('xyz');
    await window.getByText('Nothing matches “xyz”').waitFor();
    await window.getByTestId('snapshots-filter').fill('');
    await window.getByTestId('snapshots-timeline').getByRole('button').first().focus();
    await window.keyboard.press('ArrowRight');
    await window.keyboard.press('Enter');
    await expect.poll(() => focused(app)).toBe(`snapshot-${snapshotIdAt(13)}`);
  });

  it('makes one with what is ticked, deletes one and takes that back, from window, palette and tray', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('snapshots-list').waitFor();
    await window.keyboard.press('n');
    const dialog = window.getByTestId('create-dialog');
    await dialog.getByText('Compose files, Env files, Settings, Containers, Images, /mnt/efs').waitFor();
    await window.getByTestId('create-tag').fill('before lunch');
    expect(await window.getByTestId('create-total').textContent()).toBe('About 514 MiB');
    await window.getByTestId('tick-uploads').check();
    expect(await window.getByTestId('create-total').textContent()).toBe('About 722 MiB');
    await look(app, 'snapshot-create');
    await window.getByTestId('create-confirm').click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => window.getByTestId('snapshots-outcome').textContent()).toContain('“before lunch” is made');
    await window.getByTestId('snapshots-list').getByText('before lunch').waitFor();

    await window.getByTestId(`more-${snapshotIdAt(8)}`).click();
    await window.getByTestId('menu-delete').click();
    await window.getByTestId('snapshot-deleted').getByText('“demo data loaded” is deleted').waitFor();
    expect(await window.getByTestId('snapshots-count').textContent()).toBe('15 snapshots');
    await look(app, 'snapshots-deleted');
    await window.getByTestId('snapshot-undelete').click();
    await window.getByTestId('snapshots-list').getByText('demo data loaded').waitFor();
    await window.getByTestId('snapshot-deleted').waitFor({ state: 'detached' });

    await window.keyboard.press('Control+k');
    await window.getByTestId('palette').waitFor();
    await window.keyboard.type('Back up now');
    await window.keyboard.press('Enter');
    await expect.poll(() => window.getByTestId('snapshots-count').textContent()).toBe('17 snapshots');
    const tray = trayDriver(app);
    await tray.ready();
    await expect.poll(async () => (await tray.item('back-up'))?.enabled).toBe(true);
    await tray.click('back-up');
    await expect.poll(() => window.getByTestId('snapshots-count').textContent()).toBe('18 snapshots');
    await window.keyboard.press('2');
    await tray.click('show-restore');
    await window.getByTestId('restore-sheet').getByText('The last good snapshot').waitFor();
  });

  it('shows what a restore changes before it does, whole and in part, and the way back after it', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId(`restore-${snapshotIdAt(1)}`).click();
    await expect.poll(() => window.getByTestId('restore-summary').textContent()).toBe('2 volumes and 3 other parts change; postgres and search are down meanwhile.');
    expect(await window.getByTestId('restore-bytes').textContent()).toBe('450 MiB to write · 48,230 MiB free');
    await window.getByTestId('restore-sheet').getByTestId('diff').getByText('DB_PASSWORD=•••').first().waitFor();
    await look(app, 'snapshot-restore');

    await window.getByTestId('restore-scope').selectOption('files');
    await expect.poll(() => window.getByTestId('restore-summary').textContent()).toBe('2 parts change; api is down meanwhile.');
    await window.getByTestId('restore-scope').selectOption('parts');
    await window.getByTestId('tick-bind:/mnt/efs').check();
    await window.getByTestId('step-/mnt/efs').getByText('3 files are written back').waitFor();
    await look(app, 'snapshot-restore-parts');
    for (const word of ['files', 'settings', 'containers', 'volume:shop_postgres_data', 'volume:shop_search_index', 'bind:/mnt/efs']) await window.getByTestId(`tick-${word}`).uncheck();
    await window.getByText('Tick what is to come back.').waitFor();
    expect(await window.getByTestId('restore-confirm').isDisabled()).toBe(true);
    await window.getByTestId('restore-scope').selectOption('all');
    await expect.poll(() => window.getByTestId('restore-confirm').isEnabled()).toBe(true);
    await window.getByTestId('restore-confirm').click();
    await expect.poll(() => window.getByTestId('snapshots-outcome').textContent()).toContain('Restored in 12.4 s; the longest a service was down is 2.1 s.');
    await picture(window, 'snapshots-restored');
    await window.getByTestId('restore-before').click();
    await window.getByTestId('restore-sheet').getByText('Restore “before the migration”').waitFor();
  });

  it('starts a copy, exports and imports through the dialogs of the system', async () => {
    const app = await open('running');
    const { window } = app;
    const asked = await answerDialogs(app, '/home/ada/shop-copy');
    await window.getByTestId(`more-${snapshotIdAt(1)}`).click();
    await window.getByTestId('menu-branch').click();
    expect(await window.getByTestId('branch-confirm').isDisabled()).toBe(true);
    await window.getByTestId('branch-name').fill('Shop');
    await window.getByTestId('branch-dialog').locator('.field-error').waitFor();
    await window.getByTestId('branch-name').fill('shop-demo');
    await window.getByTestId('branch-dir').click();
    await window.getByTestId('branch-dialog').getByText('shop-copy', { exact: true }).waitFor();
    await look(app, 'snapshot-branch');
    await window.getByTestId('branch-confirm').click();
    await expect.poll(() => window.getByTestId('snapshots-outcome').textContent()).toContain('shop-demo runs beside it');

    await window.getByTestId(`more-${snapshotIdAt(1)}`).click();
    await window.getByTestId('menu-export').click();
    await window.getByTestId('export-secrets').check();
    await look(app, 'snapshot-export');
    await window.getByTestId('export-confirm').click();
    await expect.poll(() => window.getByTestId('snapshots-outcome').textContent()).toContain('Exported into shop-copy: 431 MiB.');
    await window.getByTestId('snapshot-import').click();
    await expect.poll(() => window.getByTestId('snapshots-outcome').textContent()).toContain('is imported');
    const questions = await asked();
    expect(questions.map((one) => one.title)).toEqual(['A folder for the copy', 'Export the snapshot as', 'Import a snapshot']);
    expect(questions.map((one) => one.defaultPath)).toEqual(['shop-demo', expect.stringMatching(/^shop-\d{4}-\d{2}-\d{2}\.tar$/), undefined]);

    // Closed without a choice: nothing is exported, and the dialog stays.
    await answerDialogs(app, '');
    await window.getByTestId(`more-${snapshotIdAt(1)}`).click();
    await window.getByTestId('menu-export').click();
    await window.getByTestId('export-confirm').click();
    await expect.poll(() => window.getByTestId('export-confirm').isEnabled()).toBe(true);
  });

  it('compares with now and with another one, as a tree that folds and filters', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('snapshots-compare').click();
    await window.getByTestId('compare-none').waitFor();
    await picture(window, 'snapshots-compare-same');
    await window.getByTestId('snapshots-snapshots').click();
    await window.getByTestId(`more-${snapshotIdAt(1)}`).click();
    await window.getByTestId('menu-compare').click();
    await expect.poll(() => window.getByTestId('compare-count').textContent()).toBe('11 differences');
    await look(app, 'snapshots-compare');
    await window.getByTestId('compare-tree').getByText('shop_postgres_data').click();
    await window.getByText('postmaster.opts').waitFor({ state: 'detached' });
    await window.keyboard.press('j');
    await window.getByTestId('compare-change').selectOption('removed');
    await expect.poll(() => window.getByTestId('compare-count').textContent()).toBe('2 differences');
    await window.getByTestId('compare-filter').fill('pg_wal');
    await expect.poll(() => window.getByTestId('compare-count').textContent()).toBe('1 difference');
    await window.getByTestId('compare-after').selectOption(snapshotIdAt(0));
    await window.getByTestId('compare-restore').click();
    await window.getByTestId('restore-sheet').getByText('Restore “before the migration”').waitFor();
  });

  it('shows what they take, frees it after it was counted, keeps them in a bucket, and changes schedule and retention', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('snapshots-space').click();
    await window.getByTestId('repository-backups').getByText('everything').waitFor();
    await window.getByTestId('replaced').getByText('shop_postgres_data', { exact: true }).waitFor();
    await look(app, 'snapshots-space');
    await window.getByTestId('prune-open').click();
    await expect.poll(() => window.getByTestId('prune-summary').textContent()).toBe('2 snapshots would go: Up to 38 MiB would be freed, contents of the last day later.');
    await look(app, 'snapshots-prune');
    await window.getByTestId('prune-confirm').click();
    await expect.poll(() => window.getByTestId('snapshots-outcome').textContent()).toContain('2 snapshots went; 38 MiB freed.');
    await window.getByTestId('prune-open').click();
    await window.getByTestId('prune-dialog').getByText('There is nothing to free.').waitFor();
    expect(await window.getByTestId('prune-confirm').isDisabled()).toBe(true);
    await window.keyboard.press('Escape');
    await window.getByTestId('add-repository').click();
    await window.getByTestId('repository-bucket').fill('vault');
    await window.getByTestId('repository-passphrase').fill('short');
    await window.getByText('It needs 12 characters.').waitFor();
    await window.getByTestId('repository-passphrase').fill('long enough to be kept');
    await look(app, 'snapshots-add-repository');
    await window.getByTestId('add-repository-confirm').click();
    await window.getByTestId('repository-vault').waitFor();

    await window.getByTestId('snapshots-settings').click();
    await window.getByTestId('consistency-shop_search_index').getByText('paused while read').waitFor();
    expect(await window.getByTestId('settings-save').isDisabled()).toBe(true);
    await window.getByTestId('settings-every').selectOption('own');
    await window.getByTestId('settings-minutes').fill('4');
    expect(await window.getByTestId('settings-save').isDisabled()).toBe(true);
    await window.getByTestId('settings-minutes').fill('90');
    await window.getByTestId('settings-keepLast').fill('0');
    await window.getByText('A number from 1 to 1000.').waitFor();
    await picture(window, 'snapshots-settings-invalid');
    await window.getByTestId('settings-keepLast').fill('20');
    await look(app, 'snapshots-settings');
    await window.getByTestId('settings-save').click();
    await expect.poll(() => window.getByText('Made every 1 h 30 min').count()).toBe(1);
    expect(await window.getByTestId('settings-save').isDisabled()).toBe(true);
    await window.getByTestId('choice-shop_search_index').selectOption('stop');
    await window.getByTestId('consistency-shop_search_index').getByText('stopped while read').waitFor();
  });

  it('draws only what can be seen of hundreds, names what is damaged and away, and blocks a restore that would not be sound', async () => {
    const app = await open('snapshots-damaged');
    const { window } = app;
    await expect.poll(() => answer(app)).toBe('Back as far as 57 days ago, all was well in none of them, 3 snapshots are damaged, backups does not answer');
    await window.getByTestId('snapshots-damaged').getByText('snapshots/s_01KABCDEFG0000000000000007.json').waitFor();
    expect(await window.getByTestId('snapshots-list').locator('[role="row"]').count()).toBeLessThan(60);
    expect(await window.getByTestId('restore-last-good').isDisabled()).toBe(true);
    await look(app, 'snapshots-damaged');
    await window.getByTestId(`more-${snapshotIdAt(2)}`).click();
    await window.getByTestId('menu-verify').click();
    await window.getByText('is not as it was written').waitFor();
    await look(app, 'snapshots-verify-failed');

    await window.getByTestId(`restore-${snapshotIdAt(1)}`).click();
    await window.getByTestId('restore-findings').getByText('postgres 15').waitFor();
    await window.getByTestId('restore-scope').selectOption('volumes');
    await window.getByTestId('restore-findings').getByText('postgres 15').waitFor();
    expect(await window.getByTestId('restore-confirm').isDisabled()).toBe(true);
    await look(app, 'snapshot-restore-blocked');
    await window.getByTestId('restore-force').check();
    await expect.poll(() => window.getByTestId('restore-confirm').isEnabled()).toBe(true);
    await window.keyboard.press('Escape');

    await window.getByTestId('snapshots-compare').click();
    await window.getByTestId('compare-after').selectOption(snapshotIdAt(4));
    await expect.poll(() => window.getByTestId('compare-count').textContent()).toBe('9011 differences and 2410 more');
    expect(await window.getByTestId('compare-tree').locator('[role="treeitem"]').count()).toBeLessThan(120);
    await look(app, 'snapshots-compare-many');
    await window.getByTestId('snapshots-space').click();
    await window.getByTestId('repository-backups').getByText('does not answer', { exact: true }).waitFor();
    await picture(window, 'snapshots-space-damaged');
  });

  it('says how to begin, that nothing is made without an engine, and when nothing can be read', async () => {
    const fresh = await open('snapshots-new');
    await fresh.window.getByTestId('snapshots-empty').waitFor();
    expect(await answer(fresh)).toBe('Nothing to go back to yet');
    await look(fresh, 'snapshots-new');
    await fresh.window.getByTestId('snapshots-compare').click();
    await fresh.window.getByTestId('compare-empty').waitFor();
    await fresh.window.getByTestId('snapshots-snapshots').click();
    await fresh.window.getByTestId('empty-new').click();
    await fresh.window.getByTestId('create-confirm').click();
    await expect.poll(() => answer(fresh)).toBe('One snapshot, from just now, all was well then');
    await fresh.close();

    const offline = await open('no-engine');
    await offline.window.getByTestId('snapshots-offline').waitFor();
    expect(await offline.window.getByTestId('snapshot-new').isDisabled()).toBe(true);
    expect(await offline.window.getByTestId(`restore-${snapshotIdAt(0)}`).isDisabled()).toBe(true);
    await look(offline, 'snapshots-offline');
    await offline.close();

    const broken = await open('snapshots-broken');
    await broken.window.getByText('could not be read: the disk does not answer').waitFor();
    await picture(broken.window, 'snapshots-broken');
    await broken.window.getByRole('button', { name: 'Try again' }).click();
    await broken.window.getByTestId('snapshots-list').waitFor();
  });

  it('shows markup and hidden characters of strangers as text', async () => {
    const app = await open('hostile');
    const { window } = app;
    await window.getByText('<img src=x').first().waitFor();
    await window.getByTestId(`restore-${snapshotIdAt(1)}`).click();
    await window.getByTestId('restore-findings').getByText('<img src=x').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('snapshots-compare').click();
    await window.getByTestId('compare-tree').getByText('<img src=x').first().waitFor();
    expect(await window.evaluate(() => (globalThis as unknown as { __ran?: number }).__ran)).toBeUndefined();
  });
});

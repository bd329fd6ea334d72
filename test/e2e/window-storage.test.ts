import type { JSHandle, Locator } from 'playwright';
import { describe, expect, it } from 'vitest';
import type { RunningApp } from '../support/electron-app';
import { trayDriver } from '../support/tray-driver';
import { look, picture, useWindow } from '../support/window-fixture';
import type { WorldName } from '../support/window-world';

/** Where an element begins from now on, in each frame, and whether something has run and ended meanwhile. */
async function topsOf(element: Locator): Promise<JSHandle<{ readonly seen: Set<number>; readonly hasRun: boolean }>> {
  return element.evaluateHandle((watched) => {
    const tops = { seen: new Set<number>(), runs: false, hasRun: false };
    const look = (): void => {
      tops.seen.add(watched.getBoundingClientRect().top);
      const runs = document.querySelector('.page-head progress') !== null;
      tops.hasRun ||= tops.runs && !runs;
      tops.runs = runs;
      requestAnimationFrame(look);
    };
    look();
    return tops;
  });
}

/** The storage page over a world in memory: every tab, set-up, what goes wrong, and what the file dialogs hand over. */
describe('storage in the window', () => {
  const openWorld = useWindow();

  async function open(world: WorldName): Promise<RunningApp> {
    const app = await openWorld(world);
    await app.window.getByTestId('nav-storage').click();
    await app.window.getByTestId('page-storage').waitFor();
    return app;
  }

  it('answers its question on top, and shows mounts with their caches, on every tab by keys', async () => {
    const app = await open('running');
    const { window } = app;
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('Mounted, in step, nothing collides');
    expect(await window.getByTestId('storage-added').textContent()).toBe('+192Mi / +150m / +2 containers · uses 71Mi / 12m now');
    const mount = window.getByTestId('mount-/mnt/s3/data');
    expect(await mount.textContent()).toContain('s3-data:shop-data');
    expect(await mount.textContent()).toContain('read-only');
    expect(await window.getByTestId('mount-/mnt/s3/realtime').getByRole('meter').getAttribute('aria-valuenow')).toBe('93');
    expect(await window.getByTestId('mount-/mnt/s3/realtime').textContent()).toContain('nearly full');
    await look(app, 'storage-mounts');

    await window.keyboard.press('2');
    await mount.waitFor({ state: 'detached' });
    await window.keyboard.press('4');
    await mount.waitFor();
    await window.keyboard.press('j');
    expect(await window.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('mount-/mnt/s3/data');
    await window.getByTestId('storage-mounts').focus();
    await window.keyboard.press('ArrowRight');
    await window.getByTestId('sync-panel').waitFor();
    await expect.poll(() => window.getByTestId('next-/mnt/efs/processed').textContent()).toMatch(/^in 2 min \d+ s$/);
    await window.getByTestId('sync-history').getByText('S3 answered 503').waitFor();
    await look(app, 'storage-sync');
    await window.getByTestId('sync-now').click();
    await expect.poll(() => window.getByTestId('next-/mnt/efs/processed').textContent()).toMatch(/^in (?:5 min 0|4 min \d+) s$/);

    await window.getByTestId('storage-mounts').click();
    await window.getByTestId('tune-/mnt/s3/data').click();
    await window.getByTestId('tune-dialog').getByTestId('plan-document').waitFor();
    await window.getByTestId('tune-preset').selectOption('custom');
    await expect.poll(() => window.getByTestId('change-apply').isDisabled()).toBe(true);
    await window.getByTestId('tune-size').fill('much');
    await window.getByText('Fill at least one').waitFor();
    await window.getByTestId('tune-size').fill('5G');
    await expect.poll(() => window.getByTestId('change-apply').isEnabled()).toBe(true);
    await window.getByTestId('change-apply').click();
    await window.getByTestId('tune-dialog').waitFor({ state: 'detached' });
    await mount.getByText('412 MiB of 5,120 MiB').waitFor();
    await window.getByTestId('storage-undo-button').click();
    await window.getByTestId('undo-dialog').waitFor();
    await window.keyboard.press('Escape');
  });

  it('says what is wrong with a mount and a sync, mounts again, and mends what collides after a preview', async () => {
    const app = await open('storage-troubled');
    const { window } = app;
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('Mounting, 2 of 3 ready, the last sync failed, 4 things collide');
    await window.getByText('it is being mounted again (try 2)').waitFor();
    await window.getByTestId('troubleshoot-run').click();
    const failed = window.locator('[data-testid="troubleshoot"] [data-ok="false"]');
    await failed.getByText('Transport endpoint is not connected').waitFor();
    await failed.getByText('docker exec rclone-mount df -h /mnt/s3/index').waitFor();
    await failed.getByRole('button', { name: 'Remount it' }).click();
    await expect.poll(() => window.getByTestId('mount-/mnt/s3/index').getAttribute('data-state')).toBe('healthy');

    await window.getByTestId('storage-conflicts').click();
    await window.getByTestId('group-BUCKET_OVERLAP').getByText('rclone-mount and s3-sync both write').waitFor();
    await window.getByTestId('group-CONFIG_OVERLAP').getByText('rule C1').waitFor();
    expect(await window.getByTestId('overlap').textContent()).toBe('Overlap: mount{shop-backup} ∩ sync{shop-backup} = {shop-backup}');
    expect(await window.getByTestId('share-bars').textContent()).toContain('256Mi');
    await look(app, 'storage-conflicts');
    await window.getByTestId('storage-findings').getByTestId('fix-bucket-separation').click();
    await window.getByTestId('strategy-dialog').getByTestId('diff').getByText('mount s3-data:${S3_DATA_BUCKET}').waitFor();
    await window.getByTestId('change-apply').click();
    await window.getByTestId('strategy-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => window.getByTestId('overlap').textContent()).toBe('No overlap: mount{data,index,realtime} ∩ sync{archive,logs} = ∅');
    expect(await window.getByTestId('overlap').getAttribute('data-clean')).toBe('true');
    await window.getByTestId('storage-undo-button').waitFor();
  });

  it('runs the server: console, keys, ports, a test with real files, decisions, another S3, and the same from the tray', async () => {
    const app = await open('storage-troubled');
    const { window } = app;
    await app.app.evaluate(({ shell }) => {
      const opened: string[] = [];
      Object.assign(globalThis, { openedPages: opened });
      shell.openExternal = (url) => Promise.resolve(void opened.push(url));
    });
    await window.getByTestId('storage-server').click();
    await window.getByTestId('server-notices').getByText('S3 is on 9002').waitFor();
    await look(app, 'storage-server');
    await window.getByTestId('open-console').click();
    await expect.poll(() => app.app.evaluate(() => (globalThis as unknown as { openedPages: string[] }).openedPages)).toEqual(['http://127.0.0.1:9001/']);
    const tray = trayDriver(app);
    await tray.ready();
    await expect.poll(async () => (await tray.item('open-console'))?.enabled).toBe(true);
    await tray.click('open-console');
    await expect.poll(() => app.app.evaluate(() => (globalThis as unknown as { openedPages: string[] }).openedPages.length)).toBe(2);
    await tray.click('sync-now');
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('Mounting, 2 of 3 ready, in step, 4 things collide');
    await window.getByTestId('copy-secret-key').click();
    await window.getByText('Copied').waitFor();
    expect(await window.evaluate(() => document.body.innerText)).not.toContain('not-a-real-secret');
    await window.getByTestId('console-switch').click();
    await window.getByTestId('open-console').waitFor({ state: 'detached' });
    await window.getByTestId('console-switch').click();
    await window.getByTestId('console-dialog').getByText('has a known hole').waitFor();
    await window.getByTestId('console-confirm').click();
    await window.getByTestId('open-console').waitFor();

    await window.getByTestId('server-settings').click();
    expect(await window.getByTestId('server-confirm').isDisabled()).toBe(true);
    await window.getByTestId('server-api-port').fill('99999');
    expect(await window.getByTestId('server-confirm').isDisabled()).toBe(true);
    await window.getByTestId('server-api-port').fill('9002');
    await window.getByTestId('server-confirm').click();
    await window.getByTestId('server-dialog').waitFor({ state: 'detached' });
    await window.getByTestId('storage-validate').click();
    await window.getByTestId('storage-tests').getByText('3 of 3 tests passed').waitFor();

    await window.getByTestId('storage-decisions').click();
    await expect.poll(() => window.getByTestId('decision-score').textContent()).toBe('4/5');
    expect(await window.getByTestId('standing-s3-services').textContent()).toBe('needs conflict resolution');
    await look(app, 'storage-decisions');
    await window.getByTestId('decision-networking').getByRole('radio', { name: /Combined/ }).check();
    await expect.poll(() => window.getByTestId('decision-score').textContent()).toBe('3/5');
    await window.getByTestId('decision-implementationOrder').getByRole('radio', { name: /Test each first/ }).check();
    await expect.poll(() => window.getByTestId('order-steps').locator('li').count()).toBe(7);
    expect(await window.getByTestId('decision-sharedObjects').count()).toBe(0);
    await window.getByTestId('decision-bucketStrategy').getByRole('radio', { name: /Detect and resolve/ }).check();
    await window.getByTestId('decision-sharedObjects').getByRole('radio', { name: /Keep both/ }).check();
    await window.getByTestId('decision-bucketStrategy').getByRole('radio', { name: /different paths/ }).check();
    await window.getByTestId('decision-sharedObjects').waitFor({ state: 'detached' });
    await window.getByTestId('follow-bucketStrategy').click();
    await window.getByTestId('strategy-dialog').getByTestId('plan-document').waitFor();
    await window.keyboard.press('Escape');

    await window.getByTestId('storage-server').click();
    await window.getByTestId('use-external').click();
    for (const [field, value] of [['endpoint', 'https://s3.example.com'], ['access-key', 'key'], ['secret-key', 'secret']] as const) await window.getByTestId(`external-${field}`).fill(value);
    expect(await window.getByTestId('external-secret-key').getAttribute('type')).toBe('password');
    await window.getByTestId('external-confirm').click();
    await window.getByTestId('use-local').waitFor();
    expect(await window.getByTestId('open-console').count()).toBe(0);
  });

  it('browses buckets, uploads, downloads, deletes and brings back', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('storage-buckets').click();
    await window.getByTestId('bucket-shop-archive').click();
    await window.getByTestId('row-processed/').waitFor();
    expect(await window.getByTestId('objects-count').textContent()).toBe('201 and more');
    await look(app, 'storage-buckets');
    const list = window.getByTestId('object-list');
    await expect.poll(async () => {
      await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
      return window.getByTestId('objects-count').textContent();
    }).toBe('641');
    // The last page came behind what was the end when it was scrolled to.
    await expect.poll(async () => {
      await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
      return window.getByTestId('row-upload-0639.bin').count();
    }).toBe(1);
    expect(await list.locator('li').count()).toBeLessThan(80);

    await window.getByTestId('object-filter').fill('processed');
    await window.keyboard.press('Escape');
    await window.keyboard.press('Escape');
    await list.evaluate((element) => element.scrollTo({ top: 0 }));
    await window.getByTestId('row-processed/').getByRole('button').click();
    await window.getByTestId('row-processed/report.pdf').waitFor();

    await app.app.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { askedFiles: asked });
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: ['/home/ada/notes.txt'] });
      dialog.showSaveDialog = ((...given: unknown[]) => {
        asked.push(given.at(-1));
        return Promise.resolve({ canceled: false, filePath: '/home/ada/report.pdf' });
      }) as typeof dialog.showSaveDialog;
    });
    await window.getByTestId('object-upload').click();
    await window.getByTestId('row-processed/notes.txt').waitFor();
    const tops = await topsOf(list);
    await window.getByTestId('download-processed/report.pdf').click();
    await expect.poll(() => tops.evaluate(({ hasRun }) => hasRun)).toBe(true);
    // What begins and ends moves nothing away from under a pointer.
    expect(await tops.evaluate(({ seen }) => [...seen])).toHaveLength(1);
    await expect.poll(() => app.app.evaluate(() => (globalThis as unknown as { askedFiles: { defaultPath: string }[] }).askedFiles.map((one) => one.defaultPath))).toEqual(['report.pdf']);
    const refused = await window.evaluate(() => (globalThis as unknown as { berth: { invoke(name: string, input: unknown): Promise<unknown> } }).berth.invoke('objects.put', { project: 'p_0123456789abc', bucket: 'shop-archive', key: 'passwd', file: '/etc/passwd' }));
    expect(refused).toMatchObject({ ok: false, error: { code: 'input-invalid' } });

    await window.getByTestId('row-processed/report.pdf').getByRole('checkbox').check();
    await window.getByTestId('delete-chosen').click();
    await window.getByTestId('delete-objects').getByText('they can be brought back').waitFor();
    await window.getByTestId('delete-objects-confirm').click();
    await window.getByTestId('row-processed/report.pdf').waitFor({ state: 'detached' });
    await window.getByTestId('bring-back').click();
    await window.getByTestId('version-del0').getByText('deleted').waitFor();
    await window.getByTestId('restore-v2').click();
    await window.getByTestId('version-v3').getByText('now', { exact: true }).waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('row-processed/report.pdf').waitFor();

    await window.getByTestId('bucket-create').click();
    await window.getByTestId('create-bucket-name').fill('Not A Bucket');
    expect(await window.getByTestId('create-bucket-confirm').isDisabled()).toBe(true);
    await window.getByTestId('create-bucket-name').fill('shop-scratch');
    await window.getByTestId('create-bucket-confirm').click();
    await window.getByTestId('objects-empty').waitFor();
    await window.getByTestId('bucket-versioning').click();
    await expect.poll(() => window.getByTestId('bucket-shop-scratch').textContent()).toContain('keeps versions');
    await window.getByTestId('bucket-remove').click();
    await window.getByTestId('remove-bucket-confirm').click();
    await window.getByTestId('bucket-shop-scratch').waitFor({ state: 'detached' });
  });

  it('sets storage up where there is none, after a preview', async () => {
    const app = await open('storage-new');
    const { window } = app;
    await window.getByTestId('storage-setup').getByText('Complementary services').waitFor();
    expect(await window.getByTestId('page-answer').textContent()).toBe('Storage is not set up yet');
    await look(app, 'storage-new');
    await window.getByTestId('setup-complementary-choose').click();
    await window.getByTestId('setup-dialog').getByTestId('plan-document').waitFor();
    await window.getByTestId('setup-only').selectOption('mounts');
    await expect.poll(() => window.getByTestId('change-apply').isEnabled()).toBe(true);
    await window.getByTestId('change-apply').click();
    await window.getByTestId('mount-/mnt/s3/data').waitFor();
    await window.getByTestId('storage-buckets').click();
    await window.getByTestId('buckets-stopped').waitFor();
    await window.getByTestId('storage-start').click();
    await window.getByTestId('bucket-shop-data').waitFor();
  });

  it('asks for trust before a start, and for consent before it fetches an image', async () => {
    const app = await open('storage-no-image');
    const { window } = app;
    await window.getByTestId('storage-start').click();
    await window.getByTestId('storage-trust').getByText('worker mounts /var/run/docker.sock').waitFor();
    await window.getByTestId('storage-trust-confirm').click();
    await window.getByText('There is no image for the S3 server').waitFor();
    expect(await window.getByTestId('page-answer').textContent()).toBe('Not mounted, not syncing, nothing collides');
    await picture(window, 'storage-no-image');
    await window.getByTestId('start-pull').click();
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('Mounted, in step, nothing collides');
    expect(await window.getByText('There is no image for the S3 server').count()).toBe(0);
  });

  it('names what takes the place of mounts where there can be none', async () => {
    const app = await open('storage-impossible');
    await app.window.getByTestId('fuse-notice').getByText('takes the place of each mount').waitFor();
    expect(await app.window.getByTestId('page-answer').textContent()).toContain('Nothing can be mounted on this machine');
    expect(await app.window.getByTestId('remount-/mnt/s3/data').isDisabled()).toBe(true);
    await picture(app.window, 'storage-impossible');
  });

  it('says when storage cannot be looked at, and looks again', async () => {
    const app = await open('storage-broken');
    const { window } = app;
    await window.getByText('could not be looked at: the engine does not answer').waitFor();
    // The first two looks fail: whether the page has made one or both of them by now is open.
    const again = window.getByRole('button', { name: 'Try again' });
    await expect.poll(async () => {
      if ((await again.count()) > 0) await again.first().click();
      return window.getByTestId('mount-/mnt/s3/data').count();
    }).toBe(1);
  });

  it('shows markup and hidden characters of strangers as text', async () => {
    const app = await open('hostile');
    const { window } = app;
    for (const tab of ['mounts', 'sync', 'server', 'conflicts', 'buckets'] as const) {
      await window.getByTestId(`storage-${tab}`).click();
      if (tab !== 'server' && tab !== 'sync') await window.getByText('<img src=x').first().waitFor();
    }
    expect(await window.evaluate(() => (globalThis as unknown as { __ran?: number }).__ran)).toBeUndefined();
  });
});

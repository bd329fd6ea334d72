import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryApp } from '../support/app-repository';
import { accessibilityProblems } from '../support/axe';

const DONE_MS = 20_000;

/** One manifest from the first to the last thing that happens to it, through the real window. */
describe('the life of a file, in the window', () => {
  const place = repositoryApp('gwf', { 'deploy/web.yaml': 'kind: Pod\n' });

  const has = (path: string): Promise<boolean> => access(join(place.project.dir, path)).then(() => true, () => false);
  const apply = async (verb: string): Promise<void> => {
    const { window } = place.berth;
    await window.locator(`[data-testid="file-${verb}"] [data-testid="life-apply"]:enabled`).click({ timeout: DONE_MS });
    await window.getByTestId(`file-${verb}`).waitFor({ state: 'detached', timeout: DONE_MS });
  };
  const choose = async (verb: string): Promise<void> => {
    const { window } = place.berth;
    await window.getByTestId('file-menu').click();
    await window.getByTestId(`file-menu-${verb}`).click();
    await window.getByTestId(`file-${verb}`).waitFor();
  };
  const listed = (path: string) => place.berth.window.getByTestId(`manifest-${path}`);

  it('is made from a template, with keys alone', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await window.getByTestId('nav-project').waitFor();
    await window.keyboard.press('7');
    await window.getByTestId('file-new').focus();
    await window.keyboard.press('Enter');
    await window.keyboard.type('deploy/mail.yaml');
    await window.getByTestId('life-template').selectOption('configmap');
    await window.getByTestId('file-create').getByText('deploy/mail.yaml').first().waitFor();
    expect(await accessibilityProblems(window)).toEqual([]);
    await apply('create');
    expect(await place.project.read('deploy/mail.yaml')).toBe('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mail\ndata: {}\n');
    await listed('deploy/mail.yaml').waitFor({ timeout: DONE_MS });
    expect(await listed('deploy/mail.yaml').getAttribute('aria-current')).toBe('true');
    expect(await accessibilityProblems(window)).toEqual([]);
  });

  it('is edited, checked as it is typed, and saved', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    const text = window.getByTestId('editor-text');
    await text.click();
    await window.keyboard.press('Control+End');
    await window.keyboard.insertText('broken: [');
    await window.getByTestId('file-problem').first().waitFor({ timeout: DONE_MS });
    await window.keyboard.press('Control+a');
    await window.keyboard.insertText('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mail\ndata:\n  host: mail.example.org\n');
    await window.getByTestId('problems').getByText('Nothing to complain about').waitFor({ timeout: DONE_MS });
    await window.keyboard.press('Control+s');
    await window.locator('[data-testid="save-confirm"]:enabled').click({ timeout: DONE_MS });
    await expect.poll(() => place.project.read('deploy/mail.yaml'), { timeout: DONE_MS }).toContain('host: mail.example.org');
  });

  it('is renamed and copied', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await choose('rename');
    await window.getByTestId('life-to').fill('deploy/post.yaml');
    await apply('rename');
    expect([await has('deploy/mail.yaml'), await has('deploy/post.yaml')]).toEqual([false, true]);
    await window.getByTestId('tab-post.yaml').waitFor({ timeout: DONE_MS });
    await choose('duplicate');
    await apply('duplicate');
    expect(await place.project.read('deploy/post-copy.yaml')).toBe(await place.project.read('deploy/post.yaml'));
    await listed('deploy/post-copy.yaml').waitFor({ timeout: DONE_MS });
    await listed('deploy/post.yaml').click();
  });

  it('is archived with a reason, and brought back', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    const text = await place.project.read('deploy/post.yaml');
    await choose('archive');
    await window.getByTestId('life-reason').fill('Not sent any more');
    await apply('archive');
    expect([await has('deploy/post.yaml'), await has('.archive/deploy/post.yaml')]).toEqual([false, true]);
    expect(await place.project.read('.archive/deploy/post.yaml.berth.json')).toContain('Not sent any more');
    await window.getByTestId('files-of-archived').click();
    await listed('.archive/deploy/post.yaml').click({ timeout: DONE_MS });
    await window.getByTestId('tab-post.yaml').waitFor();
    await choose('restore');
    await apply('restore');
    expect(await place.project.read('deploy/post.yaml')).toBe(text);
    expect(await has('.archive/deploy/post.yaml')).toBe(false);
  });

  it('is deleted, taken back, and its history tells who did what, and when', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    place.repository.git('add', '-A');
    place.repository.git('commit', '-q', '-m', 'Post instead of mail');
    await listed('deploy/post.yaml').click({ timeout: DONE_MS });
    await choose('delete');
    await apply('delete');
    expect(await has('deploy/post.yaml')).toBe(false);
    await expect.poll(() => listed('deploy/post.yaml').count(), { timeout: DONE_MS }).toBe(0);
    await window.getByTestId('files-undo-button').click();
    await window.locator('[data-testid="undo-confirm"]:enabled').click({ timeout: DONE_MS });
    await listed('deploy/post.yaml').click({ timeout: DONE_MS });
    await choose('history');
    const entries = window.getByTestId('file-history-entries').locator('li');
    await expect.poll(() => entries.count(), { timeout: DONE_MS }).toBeGreaterThan(5);
    const told = await entries.allTextContents();
    for (const what of ['Delete deploy/post.yaml', 'Bring back .archive/deploy/post.yaml', 'Archive deploy/post.yaml', 'Rename deploy/mail.yaml', 'Post instead of mail']) expect(told.filter((line) => line.startsWith(what)), what).toHaveLength(1);
    for (const line of told) expect(line).toMatch(/(you|Grace).*(now|ago|second)/);
    expect(await accessibilityProblems(window)).toEqual([]);
    await window.keyboard.press('Escape');
  });
});

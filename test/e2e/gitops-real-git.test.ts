import { describe, expect, it } from 'vitest';
import { repositoryApp } from '../support/app-repository';
import { accessibilityProblems } from '../support/axe';

const DONE_MS = 20_000;
const WEB = 'deploy/web.yaml';
const manifest = (image: string): string => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: ${image}\n`;

/** A repository with a bare remote, through the real window: what git itself says is looked at after each step. */
describe('the repository of a project, in the window', () => {
  const place = repositoryApp('gwi', { [WEB]: manifest('shop/web:1'), 'deploy/mail.yaml': manifest('shop/mail:1') });

  it('stands on its branch, and lists what is not committed once it is written', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await window.getByTestId('nav-project').waitFor();
    await window.keyboard.press('7');
    await window.getByTestId('files-files').focus();
    await window.keyboard.press('ArrowRight');
    await place.berth.answer(/^main, everything committed/);
    await window.getByTestId('git-clean').waitFor();
    await place.repository.write(WEB, manifest('shop/web:2'));
    await place.repository.write('notes.txt', 'by hand\n');
    await place.berth.answer(/^main, 2 files are not committed/);
  });

  it('makes a branch and goes to it with everything that is not committed', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await place.berth.press('git-branches');
    await window.getByTestId('git-new-branch').fill('bad..name');
    await window.keyboard.press('Enter');
    await window.getByText('bad..name').last().waitFor();
    expect(place.repository.git('branch', '--list')).toBe('* main');
    await window.getByTestId('git-new-branch').fill('newer-web');
    await window.keyboard.press('Enter');
    await window.locator('[data-testid="branch-newer-web"][aria-current="true"]').waitFor({ timeout: DONE_MS });
    expect(place.repository.git('symbolic-ref', '--short', 'HEAD')).toBe('newer-web');
    expect(await place.repository.read(WEB)).toBe(manifest('shop/web:2'));
  });

  it('commits exactly what is ticked, as the user of the machine', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await place.berth.press('git-changes');
    await place.berth.press(`compare-${WEB}`);
    await window.getByTestId('compare-answer').getByText('1 place differs').waitFor({ timeout: DONE_MS });
    await window.keyboard.press('Escape');
    await window.getByRole('checkbox', { name: /notes\.txt/ }).uncheck();
    await window.getByTestId('git-message').fill('Use the second image');
    await window.keyboard.press('Enter');
    await place.berth.answer(/^newer-web, 1 file is not committed/);
    expect(place.repository.git('log', '-1', '--format=%an %s', '--name-only')).toBe(`Ada Use the second image\n\n${WEB}`);
    expect(place.repository.git('status', '--porcelain')).toBe('?? notes.txt');
    await place.berth.press('git-branches');
    await place.berth.press('branch-main');
    await window.locator('[data-testid="branch-main"][aria-current="true"]').waitFor({ timeout: DONE_MS });
    expect(await place.repository.read(WEB)).toBe(manifest('shop/web:1'));
    expect(await place.repository.read('notes.txt')).toBe('by hand\n');
  });

  it('asks once before a folder of this machine is spoken to, then fetches without touching a file', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    const theirs = await place.repository.colleague('Use another image of mail', { 'deploy/mail.yaml': manifest('shop/mail:2') });
    await place.berth.press('git-fetch');
    await place.berth.press('git-allow-remote');
    await expect.poll(() => place.repository.git('rev-parse', 'origin/main'), { timeout: DONE_MS }).toBe(theirs);
    await window.getByText('0 ahead of and 1 behind origin/main').waitFor({ timeout: DONE_MS });
    expect(await place.repository.read('deploy/mail.yaml')).toBe(manifest('shop/mail:1'));
    expect(await window.getByTestId('git-failure').count()).toBe(0);
  });

  it('pulls what is new, merges the branch, and pushes it', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await place.berth.press('git-pull');
    await expect.poll(() => place.repository.read('deploy/mail.yaml'), { timeout: DONE_MS }).toBe(manifest('shop/mail:2'));
    await window.getByText('the same as origin/main').waitFor({ timeout: DONE_MS });
    await place.berth.press('merge-newer-web');
    await expect.poll(() => place.repository.read(WEB), { timeout: DONE_MS }).toBe(manifest('shop/web:2'));
    await window.getByText('2 ahead of and 0 behind origin/main').waitFor({ timeout: DONE_MS });
    await place.berth.press('git-push');
    await expect.poll(() => place.repository.gitOfRemote('rev-parse', 'main'), { timeout: DONE_MS }).toBe(place.repository.git('rev-parse', 'main'));
    await window.getByText('the same as origin/main').waitFor({ timeout: DONE_MS });
  });

  it('shows both versions of a conflict before the work tree is touched, and merges as decided', { timeout: 180_000 }, async () => {
    const { window } = place.berth;
    await place.repository.colleague('The third image', { [WEB]: manifest('shop/web:3') });
    await place.repository.write(WEB, manifest('shop/web:4'));
    place.repository.git('commit', '-q', '-am', 'The fourth image');
    const before = { head: place.repository.git('rev-parse', 'HEAD'), status: place.repository.git('status', '--porcelain') };
    await place.berth.press('git-pull');
    await window.getByTestId('git-conflict').getByText('Both sides changed 1 file. Nothing was touched.').waitFor({ timeout: DONE_MS });
    expect({ head: place.repository.git('rev-parse', 'HEAD'), status: place.repository.git('status', '--porcelain') }).toEqual(before);
    expect(await place.repository.read(WEB)).toBe(manifest('shop/web:4'));
    await window.getByTestId('git-decide').focus();
    await window.keyboard.press('Enter');
    await window.getByTestId('merge-open').getByText('1 conflict is not decided').waitFor();
    const sides = await window.getByTestId('merge-sides').locator('.cm-content').allTextContents();
    expect(sides.map((text) => /shop\/web:\d/.exec(text)?.[0])).toEqual(['shop/web:4', 'shop/web:3']);
    expect(await accessibilityProblems(window)).toEqual([]);
    expect(await window.getByTestId('git-merge-now').isDisabled()).toBe(true);
    await window.getByTestId('merge-right-1').click();
    await place.berth.press('git-merge-now');
    await window.getByTestId('git-conflicts').waitFor({ state: 'detached', timeout: DONE_MS });
    expect(await place.repository.read(WEB)).toBe(manifest('shop/web:3'));
    expect(place.repository.git('log', '-1', '--format=%P').split(' ')).toHaveLength(2);
    // A pull sends nothing.
    expect(place.repository.gitOfRemote('log', '-1', '--format=%s', 'main')).toBe('The third image');
    await expect.poll(() => window.getByTestId('git-conflict').count(), { timeout: DONE_MS }).toBe(0);
  });

  it('says why a push is refused, and a sync brings both together', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await place.repository.colleague('A page', { 'docs/page.md': 'hello\n' });
    await place.berth.press('git-push');
    await window.getByTestId('git-failure').getByText('Sync or pull first.').waitFor({ timeout: DONE_MS });
    await place.berth.press('git-sync');
    await expect.poll(() => place.repository.gitOfRemote('rev-parse', 'main') === place.repository.git('rev-parse', 'main'), { timeout: DONE_MS }).toBe(true);
    expect(await place.repository.read('docs/page.md')).toBe('hello\n');
    expect(place.repository.gitOfRemote('log', '-1', '--format=%s', 'main')).toMatch(/^Merge origin\/main/);
    await expect.poll(() => window.getByTestId('git-failure').count(), { timeout: DONE_MS }).toBe(0);
  });

  it('tells the commits as git has them, newest first', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await place.berth.press('git-history');
    const subjects = place.repository.git('log', '--format=%s').split('\n');
    await expect.poll(() => window.getByTestId('git-commits').locator('[data-subject]').allTextContents(), { timeout: DONE_MS }).toEqual(subjects);
    const newest = place.repository.git('rev-parse', 'HEAD^2');
    await place.berth.press(`commit-${newest.slice(0, 8)}`);
    await window.getByTestId('commit-file-docs/page.md').waitFor({ timeout: DONE_MS });
    await window.getByTestId('compare-answer').getByText('1 place differs').waitFor({ timeout: DONE_MS });
    expect(await accessibilityProblems(window)).toEqual([]);
    await window.keyboard.press('Escape');
    expect(await accessibilityProblems(window)).toEqual([]);
  });
});

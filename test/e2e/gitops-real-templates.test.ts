import { describe, expect, it } from 'vitest';
import { repositoryApp } from '../support/app-repository';
import { accessibilityProblems } from '../support/axe';

const DONE_MS = 20_000;
const FILE = 'templates/gitops/app.yaml';
const FIRST = 'kind: ConfigMap\nmetadata:\n  name: {{ name }}\n';

/** Templates written, looked at, saved and brought back through the real window. */
describe('the templates of a project, in the window', () => {
  const place = repositoryApp('gwt', { [FILE]: FIRST, 'templates/gitops/values.yaml': 'name: shop\n' });

  const made = () => place.berth.window.getByTestId('template-made');
  const type = async (text: string): Promise<void> => {
    const { window } = place.berth;
    await window.getByTestId('editor-text').click();
    await window.keyboard.press('Control+a');
    await window.keyboard.insertText(text);
  };

  it('shows what a template makes as it is typed, and the line of what is wrong', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await window.getByTestId('nav-project').waitFor();
    await window.keyboard.press('7');
    await window.getByTestId('files-templates').click();
    await window.getByTestId('template-app.yaml').click();
    await window.getByTestId('template-view-source').click();
    await made().getByText('name: shop').waitFor({ timeout: DONE_MS });
    await type('kind: ConfigMap\nmetadata:\n  name: {{ nam }}\n');
    await window.getByTestId('template-problem').getByText(/line 3/i).first().waitFor({ timeout: DONE_MS });
    await window.getByTestId('template-go').click();
    await window.locator('.cm-lint-marker-error').waitFor();
    expect(await accessibilityProblems(window)).toEqual([]);
    await type('kind: ConfigMap\nmetadata:\n  name: {{ name }}-2\n');
    await made().getByText('name: shop-2').waitFor({ timeout: DONE_MS });
    expect(await place.project.read(FILE)).toBe(FIRST);
    // What was typed outlives a look at another tab.
    await window.getByTestId('files-duplicates').click();
    await window.getByTestId('files-templates').click();
    await window.getByTestId('template-app.yaml').click();
    await window.getByTestId('template-view-source').click();
    await made().getByText('name: shop-2').waitFor({ timeout: DONE_MS });
  });

  it('loses nothing that was typed: a page that is loaded anew has it, and the end is asked for', { timeout: 120_000 }, async () => {
    const { window, app } = place.berth;
    await window.keyboard.press('Escape');
    await window.getByTestId('nav-project').click();
    await window.reload();
    await window.getByTestId('nav-project').waitFor();
    await app.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { berthAsked: asked });
      Object.assign(dialog, { showMessageBox: (...of: readonly unknown[]) => Promise.resolve({ response: 0, checkboxChecked: asked.push(of.at(-1)) === 0 }) });
    });
    // It is told of although nobody opened its page again.
    await app.evaluate(({ app: running }) => running.quit());
    await expect.poll(() => app.evaluate(() => (globalThis as unknown as { berthAsked: { message: string }[] }).berthAsked.map(({ message }) => message)), { timeout: DONE_MS }).toEqual(['Quit with 1 file not saved?']);
    await window.getByTestId('nav-files').click();
    await window.getByTestId('files-templates').click();
    await window.getByTestId('template-app.yaml').click();
    await window.getByTestId('template-view-source').click();
    await made().getByText('name: shop-2').waitFor({ timeout: DONE_MS });
  });

  it('saves versions with keys, compares them, and brings one back byte for byte', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    const save = async (text: string): Promise<void> => {
      await type(text);
      await window.keyboard.press('Control+s');
      await expect.poll(() => place.project.read(FILE), { timeout: DONE_MS }).toBe(text);
      await window.locator('[data-testid="template-save"]:disabled').waitFor({ timeout: DONE_MS });
    };
    await save('name: {{ name }}-1\n');
    await window.getByTestId('template-note').fill('Two of them');
    await save('name: {{ name }}-2\n');
    await save('name: {{ name }}-3\n');
    await window.getByTestId('template-view-versions').click();
    await window.getByTestId('template-versions').getByText('Two of them').waitFor({ timeout: DONE_MS });
    await window.getByTestId('template-compare-1').click();
    await window.getByTestId('compare-answer').getByText('1 place differs').waitFor({ timeout: DONE_MS });
    expect(await accessibilityProblems(window)).toEqual([]);
    await window.keyboard.press('Escape');
    await window.getByTestId('template-back-1').click();
    await expect.poll(() => place.project.read(FILE), { timeout: DONE_MS }).toBe('name: {{ name }}-1\n');
    await expect.poll(() => window.getByTestId('template-versions').locator('li').count(), { timeout: DONE_MS }).toBe(4);
    await window.getByTestId('template-view-source').click();
    await made().getByText('name: shop-1').waitFor({ timeout: DONE_MS });
  });

  it('saves what is typed and asked for while the text before it is still being saved', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await window.locator('[data-testid="template-save"]:disabled').waitFor({ timeout: DONE_MS });
    for (const number of ['5', '6', '7']) {
      await type(`name: {{ name }}-${number}\n`);
      await window.keyboard.press('Control+s');
    }
    await expect.poll(() => place.project.read(FILE), { timeout: DONE_MS }).toBe('name: {{ name }}-7\n');
    await window.locator('[data-testid="template-save"]:disabled').waitFor({ timeout: DONE_MS });
    expect(await window.getByText('was changed on the disk since it was read').count()).toBe(0);
  });

  it('refuses to write over what somebody else wrote meanwhile', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await type('name: mine\n');
    await place.project.write(FILE, 'name: theirs\n');
    await window.getByTestId('template-save').click();
    await window.getByText('was changed on the disk since it was read').waitFor({ timeout: DONE_MS });
    expect(await place.project.read(FILE)).toBe('name: theirs\n');
  });

  it('makes a new one, and renders it', { timeout: 120_000 }, async () => {
    const { window } = place.berth;
    await window.getByTestId('template-new').click();
    await window.keyboard.type('list.yaml');
    await window.getByTestId('template-create').click();
    await window.getByTestId('template-list.yaml').waitFor({ timeout: DONE_MS });
    await window.getByTestId('templates-render').click();
    await window.locator('[data-testid="change-apply"]:enabled').click({ timeout: DONE_MS });
    await expect.poll(() => place.project.read('rendered/list.yaml').catch(() => ''), { timeout: DONE_MS }).toContain('# api');
    expect(await place.project.read('rendered/app.yaml')).toMatch(/^# Made by Berth from app\.yaml.*\nname: theirs\n$/);
  });
});

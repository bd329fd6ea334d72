import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepository, openWindow, type RepositoryPlace, type RepositoryWindow } from '../support/app-repository';

const DONE_MS = 30_000;
const manifest = (name: string, value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: shop\ndata:\n  key: ${value}\n`;
const FILES: Readonly<Record<string, string>> = {
  'deploy/production/web.yaml': manifest('web', 'one'),
  'deploy/examples/web.yaml': manifest('web', 'one'),
  'deploy/production/mail.yaml': manifest('mail', 'one'),
  'deploy/examples/mail.yaml': manifest('mail', 'one'),
  'templates/gitops/app.yaml': manifest('{{ name }}', 'rendered'),
  'templates/gitops/values.yaml': 'name: shop-values\n',
};
const THEIRS: Readonly<Record<string, string>> = { 'deploy/production/search.yaml': manifest('search', 'theirs'), 'deploy/environments/search.yaml': manifest('search', 'theirs') };
const MESSAGE = 'Keep one of each';

async function place(kind: string): Promise<RepositoryPlace> {
  const made = await openRepository(kind, FILES);
  await made.repository.colleague('Search', THEIRS);
  return made;
}

/** Every file of the commit; the number and the time of the operation are all that may differ. */
function treeOf({ repository }: RepositoryPlace): Readonly<Record<string, string>> {
  const paths = repository.git('ls-tree', '-r', '--name-only', 'HEAD').split('\n');
  const own = /^# (operation|at): .*$/gm;
  return Object.fromEntries(paths.map((path) => [path, `${repository.git('ls-tree', 'HEAD', path).slice(0, 6)} ${repository.git('show', `HEAD:${path}`).replace(own, '# $1')}`]));
}

/** The same work twice: sync, find, resolve, render, commit, once in the window alone and once in a terminal alone. */
describe('a repository that is put in order', () => {
  let byWindow: RepositoryPlace;
  let byHand: RepositoryPlace;
  let berth: RepositoryWindow;

  beforeAll(async () => {
    byWindow = await place('gbw');
    byHand = await place('gbc');
    berth = await openWindow(byWindow);
  });
  afterAll(async () => {
    await berth?.close();
    await byWindow?.remove();
    await byHand?.remove();
  });

  it('is so through the window', { timeout: 180_000 }, async () => {
    const { window, press, answer } = berth;
    const { project, repository } = byWindow;
    await window.getByTestId('nav-project').waitFor();
    await window.keyboard.press('7');
    await press('files-git');
    await press('git-sync');
    await press('git-allow-remote');
    await expect.poll(() => repository.read('deploy/environments/search.yaml').catch(() => ''), { timeout: DONE_MS }).toBe(THEIRS['deploy/environments/search.yaml']);
    await press('files-duplicates');
    await press('gitops-first-scan');
    await window.getByTestId('class-exact-dup').waitFor({ timeout: DONE_MS });
    await press('gitops-resolve');
    await press('plan-resolve');
    await expect.poll(() => project.read('deploy/environments/search.yaml'), { timeout: DONE_MS }).toMatch(/^#/);
    await press('files-templates');
    await press('templates-render');
    await press('change-apply');
    await expect.poll(() => project.read('rendered/app.yaml').catch(() => ''), { timeout: DONE_MS }).toContain('shop-values');
    await press('files-git');
    await answer(/^main, 4 files are not committed/);
    await window.getByTestId('git-message').fill(MESSAGE);
    await window.keyboard.press('Enter');
    await answer(/^main, everything committed/);
  });

  it('is so in a terminal, with the same tree', { timeout: 180_000 }, async () => {
    const { home, project, repository } = byHand;
    const gitops = async (...args: string[]): Promise<void> => {
      const { code, stdout, stderr } = await home.berth(['gitops', ...args, '--project', project.id, '--yes']);
      expect(code, `${stdout}${stderr}`).toBe(0);
    };
    await gitops('sync', '--remote', repository.remote);
    await gitops('scan');
    await gitops('resolve');
    await gitops('render');
    const changed = repository.git('status', '--porcelain', '-uall').split('\n').map((line) => line.trim().replace(/^\S+\s+/, ''));
    expect(changed).toHaveLength(4);
    await gitops('commit', ...changed, '--message', MESSAGE);
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(repository.git('log', '--format=%an %s')).toBe(byWindow.repository.git('log', '--format=%an %s'));
    expect(treeOf(byHand)).toEqual(treeOf(byWindow));
    expect(treeOf(byHand)['deploy/environments/search.yaml']).toMatch(/^100644 #/);
  });
});

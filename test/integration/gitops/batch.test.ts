import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitFolder } from '../../support/git-folder';
import { openGitWorld, type GitWorld } from '../../support/git-world';

const folder = new GitFolder();
let world: GitWorld;
beforeAll(async () => {
  world = await openGitWorld({ home: join(folder.path, 'state'), env: folder.env });
});
afterAll(async () => {
  await world.close();
  rmSync(folder.path, { recursive: true, force: true });
});

/** Every file with its bytes, mode and time; what is git's and Berth's own is left out. */
function tree(dir: string, at = ''): readonly string[] {
  return readdirSync(join(dir, at))
    .filter((name) => at !== '' || (name !== '.git' && name !== '.berth'))
    .flatMap((name) => {
      const path = at === '' ? name : `${at}/${name}`;
      const found = lstatSync(join(dir, path));
      return found.isDirectory() ? [`${path}/`, ...tree(dir, path)] : [`${path} ${(found.mode & 0o7777).toString(8)} ${String(found.mtimeMs)} ${readFileSync(join(dir, path)).toString('base64')}`];
    })
    .sort();
}

function many(name: string): string {
  const dir = folder.repository(name, Object.fromEntries(Array.from({ length: 220 }, (_, index) => [`apps/${String(index)}.yaml`, `a: ${String(index)}\r\nb: ü\n`])));
  for (let index = 0; index < 220; index += 1) {
    chmodSync(join(dir, `apps/${String(index)}.yaml`), index % 2 === 0 ? 0o644 : 0o600);
    utimesSync(join(dir, `apps/${String(index)}.yaml`), 1_600_000_000, 1_600_000_000 + index);
  }
  return dir;
}

function actions(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => {
    const path = `apps/${String(index)}.yaml`;
    return [{ action: 'move', path, to: `moved/${String(index)}.yaml` }, { action: 'archive', path, reason: 'twice' }, { action: 'comment', path, reason: 'twice' }, { action: 'delete', path }, { action: 'replace', path, text: `new: ${String(index)}\n` }][index % 5] ?? {};
  });
}
const batch = async (dir: string, list: Record<string, unknown>[], more = {}) => world.run('gitops.batch', { dir, actions: list as never, ...more });

describe('gitops.batch', () => {
  it('does 200 things as one, with one backup and one commit, and takes them back', async () => {
    const dir = many('all');
    const before = tree(dir);
    const ended = await batch(dir, actions(200), { commit: 'two hundred' });
    expect(ended.error).toBeNull();
    expect(folder.git('all', 'log', '--format=%s').split('\n')).toEqual(['two hundred', 'first']);
    expect(folder.git('all', 'status', '--porcelain')).toBe('');
    expect(readdirSync(join(dir, '.berth')).filter((name) => name.startsWith('backup_before_'))).toHaveLength(1);
    expect([existsSync(join(dir, 'apps/0.yaml')), existsSync(join(dir, 'moved/0.yaml')), existsSync(join(dir, '.archive/apps/1.yaml')), existsSync(join(dir, 'apps/3.yaml'))]).toEqual([false, true, true, false]);
    expect(readFileSync(join(dir, 'apps/2.yaml'), 'utf8')).toBe('# managed-by: berth (commented out, the lines are kept below)\r\n# reason: twice\r\n# lines: 2\r\n#~ a: 2\r\n#~ b: ü\n');
    expect(statSync(join(dir, 'moved/0.yaml')).mtimeMs).toBe(1_600_000_000_000);
    expect((await world.run('operations.undo', { id: ended.id })).state).toBe('succeeded');
    expect(tree(dir)).toEqual(before);
  });

  it('leaves every byte, mode and time where the 150th of 200 cannot be done', async () => {
    const dir = many('early');
    const before = tree(dir);
    const list = actions(200);
    list[149] = { action: 'move', path: 'apps/none.yaml', to: 'x.yaml' };
    await expect(world.operations.enqueue('gitops.batch', { dir, actions: list as never })).rejects.toThrow('Action 150 of 200 (move): There is no file apps/none.yaml.');
    expect(tree(dir)).toEqual(before);
  });

  it('puts everything back where the 150th fails while it is written', async () => {
    const dir = many('late');
    const before = tree(dir);
    let writes = 0;
    const failing = await openGitWorld({ home: join(folder.path, 'state-late'), env: folder.env, onPut: () => ((writes += 1) === 150 ? Promise.reject(new Error('no space')) : Promise.resolve()) });
    const ended = await failing.run('gitops.batch', { dir, actions: actions(200) as never, commit: 'never' });
    await failing.close();
    expect([ended.state, writes > 150]).toEqual(['rolled-back', true]);
    expect(tree(dir)).toEqual(before);
    expect(folder.git('late', 'log', '--format=%s')).toBe('first');
  });
});

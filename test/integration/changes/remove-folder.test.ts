import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeTwinFolder } from '@main/changes/remove-folder';
import { createEngine } from '@main/docker/engine';
import { ensureHelper } from '@main/docker/helper-image';
import { twinFolders } from '@main/platform/twin-folder';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { engineJson } from '../../support/images';

it('empties the folder of a copy through a container where files belong to root, and follows no link out of it', async () => {
  await ensureHelperImage();
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-twf-')));
  const engine = createEngine({ env: { DOCKER_HOST: 'unix:///var/run/docker.sock' } });
  try {
    const folders = twinFolders(home);
    const folder = await folders.make('op_1');
    await mkdir(join(folder, 'work', '.cache'), { recursive: true });
    await mkdir(join(home, 'mine'));
    await writeFile(join(home, 'mine', 'kept'), 'x');
    await symlink(join(home, 'mine'), join(folder, 'work', 'out'));
    let tries = 0;
    const left: string[][] = [];
    const remove = async (path: string): Promise<void> => {
      tries += 1;
      left.push(await readdir(path));
      if (tries === 1) throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      await folders.remove(path);
    };
    await removeTwinFolder({ engine, folders: { remove }, helperImage: () => ensureHelper(engine, 'resources/helper', () => undefined) }, { folder, name: 'bt-twf-test' });
    expect(left).toEqual([['work'], []]);
    expect(await readdir(join(home, 'mine'))).toEqual(['kept']);
    const filters = encodeURIComponent(JSON.stringify({ name: ['bt-twf-test-empty'] }));
    expect(await engineJson('GET', `/containers/json?all=1&filters=${filters}`)).toEqual([]);
  } finally {
    engine.close();
    await rm(home, { recursive: true, force: true });
  }
});

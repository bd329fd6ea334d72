import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindSource } from '@main/platform/bind-source';

let dir = '';
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'bt-source-')));
  await mkdir(join(dir, 'data'));
  await mkdir(join(dir, 'elsewhere'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const identityOf = async (path: string) => stat(path).then(({ dev, ino }) => `${String(dev)}:${String(ino)}`);

describe.runIf(process.platform === 'linux')('a bind source', () => {
  it('is named by where it leads, with what stands there', async () => {
    await symlink(join(dir, 'elsewhere'), join(dir, 'link'));
    expect(await bindSource(join(dir, 'data'), 1000)).toEqual({ real: join(dir, 'data'), identity: await identityOf(join(dir, 'data')) });
    expect(await bindSource(join(dir, 'link'), 1000)).toEqual({ real: join(dir, 'elsewhere'), identity: await identityOf(join(dir, 'elsewhere')) });
    expect(await bindSource(join(dir, 'none'), 1000)).toEqual({ real: join(dir, 'none'), identity: '' });
  });

  it('never has the name of one folder and the identity of another, however fast somebody swaps', async () => {
    const foreign = await identityOf(join(dir, 'elsewhere'));
    const swapper = spawn(process.execPath, [resolve('test/support/swapper.mjs'), join(dir, 'data'), join(dir, 'elsewhere')], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await new Promise((go) => swapper.stdout.once('data', go));
      for (let looks = 0; looks < 3000; looks += 1) {
        const found = await bindSource(join(dir, 'data'), 1000);
        if (found?.identity === foreign) expect(found.real).toBe(join(dir, 'elsewhere'));
      }
    } finally {
      swapper.kill('SIGKILL');
      await new Promise((ended) => swapper.once('close', ended));
    }
  });
});

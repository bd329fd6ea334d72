import { mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureHelperImage, helperReference } from '../../../scripts/lib/helper-image.mjs';
import { engineJson, engineRequest } from '../../support/images';

describe('the helper image', () => {
  let image: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bt-helper-'));
    image = await ensureHelperImage();
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  /** Runs one command and returns its exit code and output. */
  async function help(command: readonly string[], hostConfig: Record<string, unknown> = {}, payload: Record<string, unknown> = {}): Promise<{ code: number; output: string }> {
    const { Id } = await engineJson<{ Id: string }>('POST', '/containers/create', { body: { Image: image, Cmd: command, Tty: true, HostConfig: { NetworkMode: 'none', ...hostConfig }, ...payload } });
    try {
      await engineJson('POST', `/containers/${Id}/start`);
      const { StatusCode } = await engineJson<{ StatusCode: number }>('POST', `/containers/${Id}/wait`);
      const { text } = await engineRequest('GET', `/containers/${Id}/logs?stdout=1&stderr=1`);
      return { code: StatusCode, output: text.replaceAll('\r', '').trim() };
    } finally {
      await engineRequest('DELETE', `/containers/${Id}?force=1`);
    }
  }

  test('is named after its sources and is made once', async () => {
    expect(image).toMatch(/^berth\/helper:[0-9a-f]{12}$/);
    expect(await helperReference()).toBe(image);
    expect(await ensureHelperImage()).toBe(image);
  });

  test('inode shows from inside what a bind really is, and does not follow a link', async () => {
    await mkdir(join(folder, 'real'));
    await symlink('/etc', join(folder, 'real/link'));
    const seen = await stat(join(folder, 'real'), { bigint: true });
    const { code, output } = await help(['inode', '/look', '/look/link'], { Binds: [`${join(folder, 'real')}:/look:ro`] });
    expect(code).toBe(0);
    const [first, second] = output.split('\n');
    expect(first).toBe(`${seen.dev} ${seen.ino} directory /look`);
    expect(second).toContain('symbolic link /look/link');
    expect((await help(['inode', '/missing'])).code).toBe(1);
  });

  test('connect says whether a port is open', async () => {
    expect(await help(['connect', '127.0.0.1', '1', '1'])).toEqual({ code: 1, output: 'closed' });
    const script = 'httpd -p 8080 && exec /bin/berth-helper connect 127.0.0.1 8080 2';
    expect(await help(['-c', script], {}, { Entrypoint: ['/bin/sh'] })).toEqual({ code: 0, output: 'open' });
  });

  test('anything else is refused', async () => {
    expect((await help(['rm', '-rf', '/'])).code).toBe(2);
  });
});

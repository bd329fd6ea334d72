import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addAutostart, autostartFolder, removeAutostart } from '@main/platform/login-item';
import { awaitTrayHost } from '@main/platform/tray-host';

describe('the autostart entry', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-login-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('lies where the desktop looks for it', () => {
    expect(autostartFolder({ env: {}, homedir: '/home/ada' })).toBe('/home/ada/.config/autostart');
    expect(autostartFolder({ env: { XDG_CONFIG_HOME: '/etc/ada' }, homedir: '/home/ada' })).toBe('/etc/ada/autostart');
    expect(autostartFolder({ env: { XDG_CONFIG_HOME: 'relative' }, homedir: '/home/ada' })).toBe('/home/ada/.config/autostart');
  });

  it('is written once, changed where it differs, and taken away', async () => {
    const folder = autostartFolder({ env: {}, homedir: home });
    const file = join(folder, 'berth.desktop');
    await addAutostart(folder, { argv: ['/opt/berth'], icon: '' });
    expect(await readFile(file, 'utf8')).toContain('Exec="/opt/berth"\n');
    const before = (await stat(file)).ino;
    await addAutostart(folder, { argv: ['/opt/berth'], icon: '' });
    expect((await stat(file)).ino).toBe(before);
    await addAutostart(folder, { argv: ['/opt/berth', '--hidden'], icon: '' });
    expect(await readFile(file, 'utf8')).toContain('Exec="/opt/berth" "--hidden"\n');
    await removeAutostart(folder);
    expect(await readdir(folder)).toEqual([]);
    await removeAutostart(folder);
  });
});

describe('waiting for a tray', () => {
  it('looks again until there is one', async () => {
    const answers = [false, true, true];
    expect(await awaitTrayHost('', [1, 1, 1], () => Promise.resolve(answers.shift() ?? false))).toBe(true);
    expect(answers).toHaveLength(1);
  });

  it('gives up where none comes', async () => {
    expect(await awaitTrayHost('', [1], () => Promise.resolve(false))).toBe(false);
  });
});

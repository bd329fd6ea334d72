import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foundEditors, openInEditor, type EditorWorld } from '@main/app/editors';
import { findProgram, launchProgram } from '@main/platform/process';
import { settingValue } from '@shared/domain/settings/check-setting';

const FILE = '/home/ada/my shop/-compose.yml';

function world(installed: readonly string[], taken: readonly string[] = [], env: { readonly [name: string]: string } = {}): EditorWorld & { readonly done: unknown[] } {
  const done: unknown[] = [];
  return {
    done,
    env: { PATH: '/usr/bin', ...env },
    find: (programs, path) => Promise.resolve(programs.filter((program) => installed.includes(program)).map((program) => `${path}/${program}`)[0] ?? null),
    launch: (path, argv) => Promise.resolve(void done.push([path, ...argv])),
    takes: (url) => taken.some((scheme) => url.startsWith(`${scheme}://`)),
    open: (url) => Promise.resolve(void done.push(url)),
  };
}

describe('opening a file in an editor', () => {
  it.each([
    ['code', ['--goto', `${FILE}:14`]],
    ['zed', [`${FILE}:14`]],
    ['subl', [`${FILE}:14`]],
    ['idea', ['--line', '14', FILE]],
    ['kate', ['--line', '14', FILE]],
    ['gedit', ['+14', FILE]],
    ['notepad++.exe', ['-n14', FILE]],
  ])('tells %s the line in its own way', async (program, argv) => {
    const one = world([program]);
    await openInEditor(one, FILE, 14);
    expect(one.done).toEqual([[`/usr/bin/${program}`, ...argv]]);
  });

  it('takes the editor of VISUAL and EDITOR before another, and knows both words of it', async () => {
    const one = world(['code', 'kate', 'subl'], [], { VISUAL: '/usr/bin/kate --block', EDITOR: 'vi' });
    await openInEditor(one, FILE, 2);
    expect(one.done).toEqual([['/usr/bin/kate', '--line', '2', FILE]]);
  });

  it('uses the address of an editor that is not in the search path', async () => {
    const one = world([], ['vscode']);
    await openInEditor(one, FILE, 3);
    await openInEditor(one, 'C:\\shop\\a#b.yml', 4);
    expect(one.done).toEqual(['vscode://file/home/ada/my%20shop/-compose.yml:3', 'vscode://file/C:/shop/a%23b.yml:4']);
  });

  it('takes the command of the settings before all of them, by its name or by its whole path', async () => {
    const one = world(['code', 'mine']);
    await openInEditor(one, FILE, 5, 'mine -l {line} {file}');
    await openInEditor(one, FILE, 6, '"/opt/my editor/edit" {file}');
    expect(one.done).toEqual([['/usr/bin/mine', '-l', '5', FILE], ['/opt/my editor/edit', FILE]]);
    await expect(openInEditor(one, FILE, 1, 'other {file}')).rejects.toMatchObject({ code: 'not-found', message: 'The editor other was not found.' });
    await expect(openInEditor({ ...one, launch: () => Promise.reject(new Error('EACCES')) }, FILE, 1, '/opt/x {file}')).rejects.toMatchObject({ code: 'not-found', message: 'The editor /opt/x could not be started.' });
    await expect(openInEditor(one, FILE, 1, 'sh -c {file}')).rejects.toMatchObject({ code: 'input-invalid' });
    expect(one.done.length).toBe(2);
  });

  it('offers those it finds as commands that the setting takes', async () => {
    const found = await foundEditors(world(['zed', 'code', 'gvim'], [], { EDITOR: 'zed' }));
    expect(found).toEqual([{ name: 'Zed', command: 'zed {file}:{line}' }, { name: 'Visual Studio Code', command: 'code --goto {file}:{line}' }, { name: 'Vim', command: 'gvim +{line} {file}' }]);
    for (const { command } of found) expect(settingValue('editor.command', command)).toBe(command);
  });

  it('says so when there is none', async () => {
    await expect(openInEditor(world([]), FILE, 1)).rejects.toMatchObject({ code: 'not-found', message: 'No editor that Berth knows was found on this computer.' });
  });

  it('starts the program it finds, in no shell', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'berth-editor-'));
    try {
      const program = join(dir, 'code');
      const said = join(dir, 'said');
      await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${said}.part && mv ${said}.part ${said}\n`);
      await chmod(program, 0o755);
      const appeared = new Promise<void>((resolve) => {
        const watcher = watch(dir, (_kind, name) => {
          if (name !== 'said') return;
          watcher.close();
          resolve();
        });
      });
      const file = join(dir, 'a $(touch evil) b.yml');
      await openInEditor({ ...world([]), env: { PATH: `relative:${dir}` }, find: findProgram, launch: launchProgram }, file, 9);
      await appeared;
      expect(await readFile(said, 'utf8')).toBe(`--goto\n${file}:9\n`);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editorCommand, editorWords } from '@shared/domain/settings/editor-command';

describe('the command of an editor', () => {
  it.each([
    ['code --goto {file}:{line}', 'code', ['--goto', '/a b/x.yml:7']],
    ['"/opt/My Editor/bin/edit" -l {line} "{file}"', '/opt/My Editor/bin/edit', ['-l', '7', '/a b/x.yml']],
    ["zed '{file}'", 'zed', ['/a b/x.yml']],
    ['C:\\Tools\\np.exe -n{line} {file}', 'C:\\Tools\\np.exe', ['-n7', '/a b/x.yml']],
    ['subl  {file}   ""', 'subl', ['/a b/x.yml', '']],
  ])('%s', (text, program, words) => {
    const command = editorCommand(text);
    expect(command.program).toBe(program);
    expect(editorWords(command, '/a b/x.yml', 7)).toEqual(words);
  });

  it.each([
    ['', 'begins with its program'],
    ['{file}', 'begins with its program'],
    ['code', '{file} is missing'],
    ['code --goto {line}', '{file} is missing'],
    ['code {file} {column}', '{column}'],
    ['code "{file}', 'not closed'],
    ['bin/edit {file}', 'whole path'],
    ['./edit {file}', 'whole path'],
    ['sh -c "vim {file}"', 'shell'],
    ['/bin/bash -c "vim {file}"', 'shell'],
    ['cmd.exe /c edit {file}', 'shell'],
    ['PowerShell {file}', 'shell'],
    ['C:\\edit.bat {file}', 'shell'],
    ['code\n{file}', 'one line'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => editorCommand(text)).toThrow(expect.objectContaining({ code: 'input-invalid', message: expect.stringContaining(why) as string }));
  });

  it('a file’s name is one word whatever stands in it, and no placeholder', () => {
    const command = editorCommand('edit -l {line} {file}');
    fc.assert(fc.property(fc.string(), (name) => void expect(editorWords(command, `/x/${name}`, 1)).toEqual(['-l', '1', `/x/${name}`])));
    expect(editorWords(command, '/x/{line}', 3)).toEqual(['-l', '3', '/x/{line}']);
  });
});

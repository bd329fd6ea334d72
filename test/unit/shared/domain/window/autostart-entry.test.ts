import { expect, it } from 'vitest';
import { autostartEntry } from '@shared/domain/window/autostart-entry';

it('starts Berth at login as a desktop expects it', () => {
  expect(autostartEntry({ argv: ['/opt/Berth/berth', '--hidden'], icon: '/opt/Berth/icon.png' })).toBe(
    ['[Desktop Entry]', 'Type=Application', 'Version=1.5', 'Name=Berth', 'Comment=Compose projects, their modes and what runs in them', 'Exec="/opt/Berth/berth" "--hidden"', 'Icon=/opt/Berth/icon.png', 'Terminal=false', 'StartupNotify=false', 'X-GNOME-Autostart-enabled=true', ''].join('\n'),
  );
});

it.each([
  ['a space', '/home/ada/My apps/berth', '"/home/ada/My apps/berth"'],
  ['a field code', '/opt/100%/berth', '"/opt/100%%/berth"'],
  ['what a shell would read', '/opt/$HOME`x`/"berth"', String.raw`"/opt/\\$HOME\\` + '`x' + String.raw`\\` + '`/' + String.raw`\\"berth\\""`],
  ['a backslash', String.raw`/opt/a\b`, String.raw`"/opt/a\\\\b"`],
  ['a line break', '/opt/a\nHidden=true', String.raw`"/opt/a\nHidden=true"`],
])('keeps %s in a path what it is', (_what, path, written) => {
  const exec = autostartEntry({ argv: [path], icon: '' }).split('\n').find((line) => line.startsWith('Exec='));
  expect(exec).toBe(`Exec=${written}`);
});

import { describe, expect, it } from 'vitest';
import { SETTINGS, type SettingKey } from '@shared/domain/settings/settings';
import { defaultSettings, readSettingsFile, settingChanges, settingsFile, type KeptValue } from '@shared/domain/settings/settings-file';
import { settingRange, settingValue } from '@shared/domain/settings/check-setting';

const world = (kept: { readonly [key in SettingKey]?: KeptValue }) => (key: SettingKey): KeptValue => kept[key] ?? SETTINGS[key].default;

describe('settings as a file', () => {
  it('has what is not at its default, and gives the same again', () => {
    const text = settingsFile(world({ 'drift.everySeconds': 60, 'api.tcp': true, 'editor.command': 'zed {file}' }));
    expect(JSON.parse(text)).toEqual({ berthSettings: 1, settings: { 'drift.everySeconds': 60, 'api.tcp': true, 'editor.command': 'zed {file}' } });
    expect([...readSettingsFile(text).values]).toEqual([['drift.everySeconds', 60], ['api.tcp', true], ['editor.command', 'zed {file}']]);
  });

  it('says what would change, and leaves out what is so already', () => {
    const { values, unknown } = readSettingsFile('{"berthSettings":1,"settings":{"drift.everySeconds":60,"api.tcp":false,"of.tomorrow":1,"__proto__":2}}');
    expect(settingChanges(world({}), values)).toEqual([{ key: 'drift.everySeconds', title: 'Look for drift', from: 30, to: 60 }]);
    expect(unknown).toEqual(['of.tomorrow', '__proto__']);
    expect(settingChanges(world({ 'heal.maxTries': 3 }), defaultSettings()).map((one) => one.key)).toEqual(['heal.maxTries']);
    expect(settingChanges(world({}), defaultSettings())).toEqual([]);
  });

  it.each(['', '[]', '{}', '{"berthSettings":2,"settings":{}}', '{"berthSettings":1,"settings":[]}', '{"berthSettings":1,"settings":{"drift.everySeconds":1}}', '{"berthSettings":1,"settings":{"editor.command":"sh -c {file}"}}'])('%j is refused whole', (text) => {
    expect(() => readSettingsFile(text)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });
});

describe('settings that are text', () => {
  it.each([
    ['engine.endpoint', 'colima'],
    ['engine.endpoint', ''],
    ['engine.endpoint', 'unix:///run/user/1000/docker.sock'],
    ['engine.endpoint', 'tcp://127.0.0.1:2375'],
    ['editor.command', 'code --goto {file}:{line}'],
    ['updates.source', 'https://updates.example.org/berth.json'],
    ['updates.source', 'http://127.0.0.1:9000/berth.json'],
  ] as const)('%s may be %j', (key, value) => {
    expect(settingValue(key, value)).toBe(value);
  });

  it.each([
    ['engine.endpoint', 'ssh://me@there'],
    ['engine.endpoint', 'tcp://10.0.0.5:2375'],
    ['engine.endpoint', 'tcp://127.0.0.1.example.org:2375'],
    ['engine.endpoint', 5],
    ['editor.command', 'code'],
    ['updates.source', 'http://example.org/'],
    ['updates.source', 'https://me:word@example.org/'],
    ['updates.source', 'file:///etc/passwd'],
    ['updates.source', 'https://a b'],
    ['updates.source', `https://${'a'.repeat(1_001)}`],
  ] as const)('%s may not be %j', (key, value) => {
    expect(() => settingValue(key, value)).toThrow(expect.objectContaining({ code: 'input-invalid', message: expect.stringContaining(key) as string }));
    expect(settingRange(key)).toMatch(/^empty, or /);
  });
});

import { describe, expect, test } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { SETTINGS } from '@shared/domain/settings/settings';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { CallContext } from '@main/dispatch/types';
import { silentLogger } from '@main/platform/logger';
import { createSettings, settingsHandlers } from '@main/settings';

function world(kept: { readonly [key: string]: Json } = {}, initial?: string) {
  const rows = new Map<string, Json>(Object.entries(kept));
  const told: BerthEvent[] = [];
  const store = { getSetting: (key: string) => Promise.resolve(rows.get(key)), putSetting: (key: string, value: Json) => Promise.resolve(void rows.set(key, value)) };
  return { rows, told, open: () => createSettings({ store, publish: (event) => told.push(event), log: silentLogger, initial }) };
}

describe('settings', () => {
  test('a change is kept for the next process, told once, and heard', async () => {
    const { told, open } = world();
    const settings = await open();
    const heard: string[] = [];
    settings.onChanged((key) => heard.push(key));
    expect(await settings.set('drift.everySeconds', 20)).toMatchObject({ key: 'drift.everySeconds', value: 20, default: 30, range: '5 to 3600 seconds' });
    await settings.set('drift.everySeconds', 20);
    expect(told).toEqual([{ type: 'settings.changed', key: 'drift.everySeconds', value: 20 }]);
    expect(heard).toEqual(['drift.everySeconds']);
    expect((await open()).get('drift.everySeconds')).toBe(20);
  });

  test.each([
    ['drift.everySeconds', 4],
    ['drift.everySeconds', 5.5],
    ['drift.everySeconds', '20'],
    ['api.tcp', 1],
    ['window.language', 'fr'],
    ['window.language', true],
    ['no.such', 1],
    ['toString', 1],
  ])('%s may not be %j', async (key, value) => {
    const { rows, open } = world();
    await expect((await open()).set(key, value)).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringContaining(key) as string });
    expect(rows.size).toBe(0);
  });

  test('one of a few words is kept as it is, and the list says which there are', async () => {
    const { open } = world({}, 'window.language=zh');
    const settings = await open();
    expect(settings.get('window.language')).toBe('zh');
    expect(await settings.set('window.language', 'de')).toEqual({ key: 'window.language', value: 'de', default: 'system', title: 'Language', description: expect.any(String) as string, range: 'system, en, zh or de', choices: ['system', 'en', 'zh', 'de'] });
  });

  test('what was kept under a former name counts until it is set anew', async () => {
    const { open } = world({ 'setting.changes.settleSeconds': 12 });
    const settings = await open();
    expect(settings.get('services.settleSeconds')).toBe(12);
    await settings.set('services.settleSeconds', 0);
    expect((await open()).get('services.settleSeconds')).toBe(0);
  });

  test('the environment says what counts where nothing is kept, and a mistyped word of it is refused', async () => {
    const settings = await world({ 'setting.drift.everySeconds': 20 }, 'services.settleSeconds=0, drift.everySeconds=60,api.tcp=true').open();
    expect([settings.get('services.settleSeconds'), settings.get('drift.everySeconds'), settings.get('api.tcp'), settings.get('api.port')]).toEqual([0, 20, true, 8_000]);
    for (const wrong of ['services.settleSeconds', 'services.settleSeconds=', 'no.such=1', 'services.settleSeconds=soon', 'api.tcp=1']) await expect(world({}, wrong).open()).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('what was kept and is not allowed any more gives way to the default', async () => {
    const { open } = world({ 'setting.drift.everySeconds': 1, 'setting.api.tcp': true });
    const settings = await open();
    expect([settings.get('drift.everySeconds'), settings.get('api.tcp')]).toEqual([30, true]);
    expect(settings.list().map((one) => one.key)).toEqual(Object.keys(SETTINGS));
  });
});

describe('reset, export and import', () => {
  const call: CallContext = { door: 'cli', signal: new AbortController().signal };

  async function handlers(kept: { readonly [key: string]: Json } = {}) {
    const one = world(kept);
    const files = new Map<string, string>();
    const settings = await one.open();
    const bound = settingsHandlers(settings, { write: (file, text) => Promise.resolve(void files.set(file, text)), read: (file) => Promise.resolve(files.get(file) ?? '') });
    return { ...one, files, settings, bound };
  }

  test('a reset shows what changes, then does it, and tells of each', async () => {
    const { bound, told, settings } = await handlers({ 'setting.drift.everySeconds': 60, 'setting.api.tcp': true });
    const changes = [
      { key: 'drift.everySeconds', title: 'Look for drift', from: 60, to: 30 },
      { key: 'api.tcp', title: 'Local API on 127.0.0.1', from: true, to: false },
    ];
    expect(await bound['settings.reset']({ dryRun: true }, call)).toEqual({ changes, unknown: [], applied: false });
    expect([told, settings.get('drift.everySeconds')]).toEqual([[], 60]);
    expect(await bound['settings.reset']({ key: 'drift.everySeconds', dryRun: false }, call)).toEqual({ changes: changes.slice(0, 1), unknown: [], applied: true });
    expect(await bound['settings.reset']({ dryRun: false }, call)).toEqual({ changes: changes.slice(1), unknown: [], applied: true });
    expect(told.length).toBe(2);
    expect((await bound['settings.reset']({ dryRun: false }, call)).changes).toEqual([]);
    await expect(bound['settings.reset']({ key: 'no.such', dryRun: false }, call)).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('an export is taken over elsewhere, and nothing of a wrong one is', async () => {
    const one = await handlers({ 'setting.drift.everySeconds': 60, 'setting.window.language': 'de' });
    expect(await one.bound['settings.export']({ file: '/tmp/s.json' }, call)).toEqual({ file: '/tmp/s.json', settings: 2 });
    const other = await handlers();
    other.files.set('/tmp/s.json', one.files.get('/tmp/s.json') ?? '');
    expect((await other.bound['settings.import']({ file: '/tmp/s.json', dryRun: true }, call)).applied).toBe(false);
    expect(other.settings.get('drift.everySeconds')).toBe(30);
    expect((await other.bound['settings.import']({ file: '/tmp/s.json', dryRun: false }, call)).changes.length).toBe(2);
    expect(other.settings.get('drift.everySeconds')).toBe(60);
    other.files.set('/tmp/s.json', '{"berthSettings":1,"settings":{"heal.maxTries":2,"drift.everySeconds":1}}');
    await expect(other.bound['settings.import']({ file: '/tmp/s.json', dryRun: false }, call)).rejects.toMatchObject({ code: 'input-invalid' });
    expect(other.settings.get('heal.maxTries')).toBe(SETTINGS['heal.maxTries'].default);
    await expect(other.bound['settings.import']({ file: 's.json', dryRun: false }, call)).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('what guards a setting keeps the old value, of all that came with it too', async () => {
    const { bound, settings, files, told } = await handlers();
    settings.guard('engine.endpoint', (value) => (value === 'two' ? Promise.reject(new AppError('busy', 'An operation runs.')) : Promise.resolve()));
    files.set('/tmp/s.json', '{"berthSettings":1,"settings":{"drift.everySeconds":60,"engine.endpoint":"two"}}');
    await expect(bound['settings.import']({ file: '/tmp/s.json', dryRun: false }, call)).rejects.toMatchObject({ code: 'busy' });
    await expect(bound['settings.set']({ key: 'engine.endpoint', value: 'two' }, call)).rejects.toMatchObject({ code: 'busy' });
    expect([settings.get('drift.everySeconds'), settings.get('engine.endpoint'), told]).toEqual([30, '', []]);
    await settings.set('engine.endpoint', ' one ');
    expect(settings.get('engine.endpoint')).toBe('one');
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingValue } from '@shared/domain/settings/check-setting';
import { SETTINGS, type SettingKey } from '@shared/domain/settings/settings';
import { everyParts, everyWords, nextSchedule, scheduleWords, typedSeconds } from '../../../src/renderer/src/features/schedules/schedule-words';
import { groupedSettings, matchesSetting, typedValue, unitOf } from '../../../src/renderer/src/features/settings/setting-groups';
import { until } from '../../../src/renderer/src/lib/ago';
import type { Schedule, Setting } from '../../../src/renderer/src/lib/model';

function settingOf(key: string): Setting {
  const known = SETTINGS[key as SettingKey] as { readonly title: string; readonly description: string } | undefined;
  return { key, value: 1, default: 1, title: known?.title ?? key, description: known?.description ?? '', range: '' };
}

const schedule: Schedule = { id: 's_1', kind: 'services.restart', input: {}, everySeconds: 60, enabled: true, nextAt: '2026-01-01T00:00:00.000Z', lastAt: null, lastOperationId: null };
const projects = [{ id: 'p_1', name: 'shop' }];

describe('settings in the window', () => {
  it('has every setting under exactly one heading, those nobody knows too', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.constantFrom(...Object.keys(SETTINGS)), fc.string())), (keys) => {
        const shown = groupedSettings(keys.map(settingOf)).flatMap((group) => group.settings.map((setting) => setting.key));
        expect([...shown].sort()).toEqual([...keys].sort());
      }),
    );
    expect(groupedSettings(Object.keys(SETTINGS).map(settingOf)).map((group) => group.group)).not.toContain('other');
  });
  it('never makes something of a text that is not a whole number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = typedValue(settingOf('operations.keepCount'), text);
        expect(typeof value === 'number').toBe(/^[+-]?\d{1,15}$/.test(text.trim()));
      }),
    );
    for (const text of ['', ' ', '5.5', '1e2', 'five', '0x10']) expect(() => settingValue('operations.keepCount', typedValue(settingOf('operations.keepCount'), text)), text).toThrow('operations.keepCount may be 0 to 10000 operations.');
    expect(settingValue('operations.keepCount', typedValue(settingOf('operations.keepCount'), ' 12 '))).toBe(12);
    expect(typedValue({ ...settingOf('editor.command'), default: '' }, ' 12 ')).toBe('12');
  });
  it('finds by key, title and description, with every word', () => {
    const setting = settingOf('heal.maxTries');
    expect(['', 'heal', 'MAXTRIES', 'tries alert', 'heal drift'].map((filter) => matchesSetting(setting, filter))).toEqual([true, true, true, true, false]);
  });
  it('knows units', () => {
    expect(['heal.windowSeconds', 'api.port', 'api.tcp', 'toString'].map(unitOf)).toEqual(['seconds', '', '', '']);
  });
});

describe('schedules in words', () => {
  it('says a period in the largest unit without a fraction, and reads it back', () => {
    expect([10, 90, 5_400, 7_200, 86_400, 604_800].map(everyWords)).toEqual(['10 seconds', '90 seconds', '90 minutes', '2 hours', '1 day', '7 days']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31_536_000 }), (seconds) => {
        const { number, unit } = everyParts(seconds);
        expect(Number.isInteger(number)).toBe(true);
        expect(typedSeconds(String(number), unit)).toBe(seconds);
      }),
    );
  });
  it('gives 0, which is refused, for what is no number', () => {
    for (const text of ['', 'x', '-5', '1e9', '1.', '9'.repeat(10)]) expect(typedSeconds(text, 'days'), text).toBe(0);
    expect([typedSeconds('1.5', 'hours'), typedSeconds('1,5', 'hours')]).toEqual([5_400, 5_400]);
  });
  it('says what is done to what', () => {
    const words = (kind: string, input: Schedule['input']): string => scheduleWords({ kind, input }, projects);
    expect(words('services.restart', { project: 'p_1', services: ['api', 'web', 'worker'] })).toBe('Restart api, web and worker of shop');
    expect(words('services.stop', { project: 'p_1', services: [] })).toBe('Stop all services of shop');
    expect(words('services.start', { project: 'p_gone' })).toBe('Start all services of p_gone');
    expect(words('modes.switch', { project: 'p_1', mode: 'prod' })).toBe('Switch shop to prod');
    expect(words('drift.heal', { project: 'p_1', drifts: [] })).toBe('Heal drift of shop');
    expect([words('doctor.fix', { name: 'engine' }), words('doctor.fix', {})]).toEqual(['doctor.fix {"name":"engine"}', 'doctor.fix']);
  });
  it('knows which runs next: of those that are on', () => {
    const later = { ...schedule, id: 's_2', nextAt: '2026-01-02T00:00:00.000Z' };
    expect(nextSchedule([later, { ...schedule, enabled: false }])?.id).toBe('s_2');
    expect(nextSchedule([later, schedule])?.id).toBe('s_1');
    expect(nextSchedule([])).toBeNull();
  });
  it('says when something will be', () => {
    expect([-5_000, 999, 12_000, 240_000, 11_100_000].map(until)).toEqual(['now', 'now', 'in 12 s', 'in 4 min', 'in 3 h 5 min']);
  });
});

import { describe, expect, it } from 'vitest';
import { NOT_HELD, notHeldWords, notTold, partChoice, partWords, reasonWords, restoreWords } from '@shared/domain/snapshots/words';

describe('words of snapshots', () => {
  it('say why one was made, also for kinds they have no words of their own for', () => {
    expect(['manual', 'schedule', 'modes.switch', 'compose.rename-network'].map(reasonWords)).toEqual(['by hand', 'on schedule', 'before a switch', 'before rename network']);
  });

  it('say why something could be written to, once for all who have the same reason', () => {
    const paused = (who: string) => ({ who, what: NOT_HELD.notPaused });
    expect(notHeldWords([paused('api')])).toBe('api could not be paused');
    expect(notHeldWords([paused('api'), paused('db'), paused('web'), paused('db')])).toBe('api, db and web could not be paused');
    expect(notHeldWords([paused('api'), { who: 'db', what: NOT_HELD.letGo }, paused('web'), { who: 'cache', what: NOT_HELD.letGo }])).toBe('api and web could not be paused, and db and cache were let go by somebody else');
    expect(notTold(['db'], 'data')).toBe('db could not be told to write everything down and was only paused: data is as after a power cut.');
    expect(notTold(['db', 'redis'], 'data')).toBe('db and redis could not be told to write everything down and were only paused: data is as after a power cut.');
  });

  it('call a part as people do, and choose it by kind and name', () => {
    expect(partWords({ kind: 'files', name: 'env' })).toBe('Env files');
    expect(partWords({ kind: 'volume', name: 'compose' })).toBe('compose');
    expect([partChoice({ kind: 'volume', name: 'shop_data' }), partChoice({ kind: 'images', name: 'images' }), partChoice({ kind: 'files', name: 'env' })]).toEqual(['volume:shop_data', 'containers', 'files']);
  });

  it('say what a restore changes and who is down meanwhile', () => {
    const step = (kind: 'volume' | 'files', action: 'same' | 'replace' | 'create' | 'skip') => ({ kind, action });
    expect(restoreWords([step('volume', 'same'), step('files', 'skip')], ['api'])).toBe('Everything is as it was: a restore changes nothing.');
    expect(restoreWords([step('files', 'replace')], [])).toBe('1 part changes; nothing stops.');
    expect(restoreWords([step('volume', 'create'), step('volume', 'replace'), step('files', 'replace')], ['api', 'postgres', 'web'])).toBe('2 volumes and 1 other part change; api, postgres and web are down meanwhile.');
    expect(restoreWords([step('volume', 'replace')], ['api'])).toBe('1 volume changes; api is down meanwhile.');
  });
});

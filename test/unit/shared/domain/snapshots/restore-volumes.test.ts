import { describe, expect, it } from 'vitest';
import { exchangeState, payloadOfFacts, stagedLabels, stagedName } from '@shared/domain/snapshots/restore-volumes';

const intent = { volume: 'v', staged: 's', volumeHad: '1', stagedHad: '2' };

describe('exchangeState', () => {
  it.each<[readonly (readonly [string, string])[], string]>([
    [[['v', '1'], ['s', '2']], 'not-yet'],
    [[['v', '2'], ['s', '1']], 'done'],
    [[['v', '3'], ['s', '1']], 'unknown'],
    [[['v', '1'], ['s', '1']], 'unknown'],
    [[['s', '1']], 'gone'],
  ])('of %j is %s', (now, state) => {
    expect(exchangeState(intent, new Map(now))).toBe(state);
  });
});

describe('a staged volume', () => {
  it('is called after the volume and the operation, and says whose it is', () => {
    expect(stagedName('shop_data', 'op_01J00000000000ABCDEFGH')).toBe('shop_data__berth_abcdefgh');
    expect(stagedLabels('shop', 'shop_data', 's_1', '2026-01-01T00:00:00.000Z')).toEqual({ 'dev.berth.project': 'shop', 'dev.berth.replaced-of': 'shop_data', 'dev.berth.replaced-since': '2026-01-01T00:00:00.000Z', 'dev.berth.replaced-snapshot': 's_1' });
  });
});

describe('payloadOfFacts', () => {
  it('makes a volume as it was, in the name of the project it is restored to', () => {
    const facts = { key: 'data', driver: 'local', options: { type: 'tmpfs' }, labels: { 'com.docker.compose.project': 'old', 'com.docker.compose.volume': 'data', 'dev.berth.tx': 'op_1', 'dev.berth.replaced-of': 'x' }, database: null, services: {} };
    expect(payloadOfFacts(facts, 'shop')).toEqual({ Driver: 'local', DriverOpts: { type: 'tmpfs' }, Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.volume': 'data' } });
    expect(payloadOfFacts({ ...facts, driver: '', labels: {} }, 'shop')).toEqual({ Driver: 'local', DriverOpts: { type: 'tmpfs' }, Labels: { 'dev.berth.project': 'shop' } });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resubnet, resubnetOf, resubnettedModel } from '@shared/domain/edits/resubnet';
import { model, network } from '../checks/check-input';

const move = { network: 'ops', from: '10.1.0.0/16', to: '10.2.0.0/16' };
const after = (text: string): string => {
  const outcome = resubnet(text, move);
  return outcome.kind === 'edited' ? outcome.text : outcome.reason;
};

describe('another range for a network', () => {
  it('moves what is written in it along, and leaves every other byte', () => {
    const text = `# mine\nservices:\n  a:\n    networks:\n      ops: { ipv4_address: "10.1.0.9" } # fixed\n      other: { ipv4_address: 10.1.0.9 }\n  b:\n    networks: [ops]\n    environment: { PEER: 10.1.0.9 }\nnetworks:\n  ops:\n    ipam:\n      config:\n        - subnet: 10.1.0.0/16 # here\n          gateway: 10.1.0.1\n          ip_range: '10.1.128.0/17'\n          aux_addresses: { router: 10.1.0.2 }\n        - subnet: fd00::/64\n  other: { ipam: { config: [{ subnet: 10.1.0.0/16 }] } }\n`;
    const moved = ['ops: { ipv4_address: "10.1.0.9"', 'subnet: 10.1.0.0/16 # here', 'gateway: 10.1.0.1', "'10.1.128.0/17'", 'router: 10.1.0.2'];
    expect(after(text)).toBe(moved.reduce((now, one) => now.replace(one, one.replace('10.1.', '10.2.')), text));
  });
  it('is written once where several services share it by reference', () => {
    const text = 'x-ops: &ops\n  ipv4_address: 10.1.0.9\nservices:\n  a: { networks: { ops: *ops } }\nnetworks:\n  ops: { ipam: { config: [{ subnet: 10.1.0.0/16 }] } }\n';
    expect(after(text)).toBe(text.replaceAll('10.1.', '10.2.'));
  });
  it('is left to a person where a variable decides', () => {
    expect(after('networks:\n  ops: { ipam: { config: [{ subnet: "${NET}" }] } }\n')).toContain('A variable decides networks.ops.ipam.config.0.subnet');
    expect(after('services:\n  a: { networks: { ops: { ipv4_address: "${IP}" } } }\n')).toContain('A variable decides services.a.networks.ops.ipv4_address');
  });
});

describe('a network that is given another range', () => {
  const shop = model({ a: { networks: { ops: { ipv4_address: '10.1.0.9', aliases: ['10.1.0.9'] }, other: null } }, b: {} }, { networks: { ops: network('shop_ops', { ipam: { config: [{ subnet: '10.1.0.0/16', gateway: '10.1.0.1' }, { subnet: 'fd00::/64' }] } }), other: network('x', { external: true }), open: network('shop_open') } });
  it('is found by key or by name, with the range of the same kind and size', () => {
    expect(resubnetOf(shop, 'ops', '10.2.0.0/16')).toEqual(move);
    expect(resubnetOf(shop, 'shop_ops', 'fd00:0:0:1::/64')).toEqual({ network: 'ops', from: 'fd00::/64', to: 'fd00:0:0:1::/64' });
    expect(resubnetOf(shop, 'ops', '10.1.0.0/16')).toEqual({ ...move, from: '10.1.0.0/16', to: '10.1.0.0/16' });
    expect(resubnetOf(shop, 'nobody', '10.2.0.0/16')).toBeUndefined();
    for (const [name, to] of [['other', '10.2.0.0/16'], ['open', '10.2.0.0/16'], ['ops', '10.2.0.0/24']] as const) expect(resubnetOf(shop, name, to)).toHaveProperty('refused');
  });
  it('is the only thing that changes in the model, and comes back', () => {
    const there = resubnettedModel(shop, move);
    expect(there.networks['ops']?.ipam.config).toEqual([{ subnet: '10.2.0.0/16', gateway: '10.2.0.1' }, { subnet: 'fd00::/64' }]);
    expect(there.services['a']?.networks?.['ops']?.ipv4_address).toBe('10.2.0.9');
    fc.assert(fc.property(fc.integer({ min: 0, max: 255 }), (second) => void expect(resubnettedModel(resubnettedModel(shop, { ...move, to: `10.${String(second)}.0.0/16` }), { network: 'ops', from: `10.${String(second)}.0.0/16`, to: move.from })).toEqual(shop)));
  });
});

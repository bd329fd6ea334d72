import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { fileOf, REFUSED_VALUES, TAKEN_VALUES, type Written } from '../../../../support/refused-values';
import { loadVirtual } from './virtual-files';

const errors = async (written: Written) => (await loadVirtual({ 'compose.yaml': stringify(fileOf(written, 'box')) })).findings.filter((one) => one.severity === 'error');

it.each(REFUSED_VALUES)('%s', async (message, written) => {
  const found = await errors(written);
  expect(found.map((one) => [one.code, one.message])).toEqual([['REFUSED_VALUE', message]]);
  expect(found[0]?.why).toMatch(/^[A-Z].+\.$/);
  expect(found[0]?.where?.line).toBeGreaterThan(1);
});

it.each(TAKEN_VALUES.map((one) => [JSON.stringify(one), one] as const))('nothing of %s', async (_, written) => {
  expect(await errors(written)).toEqual([]);
});

it('names the line of the value itself', async () => {
  const text = 'services:\n  a:\n    image: x\n    cap_add:\n      - NET_RAW\n      - NOPE\n    deploy:\n      resources:\n        limits:\n          memory: 2m\n    volumes:\n      - ./x:rel\nnetworks:\n  default:\n    ipam:\n      config:\n        - subnet: 10.20.0.0/24\n          gateway: 10.21.0.1\n';
  expect((await loadVirtual({ 'compose.yaml': text })).findings.map((one) => one.where?.line)).toEqual([18, 10, 6, 12]);
});

it('one address may belong to two services where one has ended before the other begins', async () => {
  const joined = { networks: { n: { ipv4_address: '10.20.0.9' } } };
  const networks = { n: { ipam: { config: [{ subnet: '10.20.0.0/24' }] } } };
  expect(await errors({ services: { job: joined, a: { ...joined, depends_on: { job: { condition: 'service_completed_successfully' } } } }, networks })).toEqual([]);
});

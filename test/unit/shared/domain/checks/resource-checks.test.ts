import { expect, it } from 'vitest';
import { runChecks } from '@shared/domain/checks/run-checks';
import { codes, input, model } from './check-input';

const GIB = 1024 ** 3;
const deploy = { placement: {}, resources: { limits: { cpus: 2, memory: String(2 * GIB) } } };

it('says when a service may use more than the machine has, and nothing otherwise', () => {
  const shop = model({ api: { deploy }, db: {} });
  expect(codes(shop)).not.toContain('RESOURCE_CLAMPED');
  expect(codes(shop, { host: {} })).not.toContain('RESOURCE_CLAMPED');
  expect(codes(shop, { host: { cpus: 2, memoryBytes: 8 * GIB } })).not.toContain('RESOURCE_CLAMPED');
  const found = runChecks(input(shop, { host: { cpus: 1, memoryBytes: 8 * GIB } })).map(({ finding }) => finding).filter((one) => one.code === 'RESOURCE_CLAMPED');
  expect(found).toMatchObject([{ severity: 'info', service: 'api', why: 'Lowered to what this machine has: 2 CPUs to 1 CPU. The file keeps the full value.' }]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesText, fieldDrifts, type WantedContainer } from '@shared/domain/modes/field-drifts';
import type { JsonObject } from '@shared/kernel/json';

const ANONYMOUS = 'a'.repeat(64);
const payload: JsonObject = {
  Cmd: ['serve'],
  Env: ['MODE=dev', 'FROM_HOST', 'PASSWORD=secret'],
  User: '1000',
  HostConfig: {
    Mounts: [{ Type: 'bind', Source: '/p/src', Target: '/app/' }, { Type: 'volume', Source: 'p_data', Target: '/data' }, { Type: 'volume', Target: '/cache' }],
    Tmpfs: { '/tmp': '' },
    PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] },
    NetworkMode: 'p_default',
    RestartPolicy: { Name: '', MaximumRetryCount: 0 },
    Memory: 67108864,
  },
  NetworkingConfig: { EndpointsConfig: { p_default: {} } },
};
const mask = (name: string, value: string): string => (/pass/i.test(name) && value !== '' ? '••••••' : value);
const wanted: WantedContainer = { payload, imageIds: ['sha256:1234567890abcdef'], imageEnvironments: { 'sha256:1234567890abcdef': ['PATH=/bin'] }, imageReference: 'shop:1', hashes: ['h1', 'h2'], sharesVolumes: false, mask };
const raw = (change: { host?: JsonObject; config?: JsonObject; top?: JsonObject } = {}): JsonObject => ({
  Image: 'sha256:1234567890abcdef',
  Config: { Image: 'shop:1', Cmd: ['serve'], Env: ['PATH=/bin', 'MODE=dev', 'PASSWORD=secret'], User: '1000', Labels: { 'com.docker.compose.config-hash': 'h2' }, ...change.config },
  HostConfig: { Tmpfs: { '/tmp': '' }, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] }, NetworkMode: 'p_default', RestartPolicy: { Name: 'no', MaximumRetryCount: 0 }, Memory: 67108864, NanoCpus: 0, ...change.host },
  Mounts: [
    { Type: 'bind', Source: '/p/src', Destination: '/app', RW: true },
    { Type: 'volume', Name: 'p_data', Destination: '/data', RW: true },
    { Type: 'volume', Name: ANONYMOUS, Destination: '/cache', RW: true },
  ],
  NetworkSettings: { Networks: { p_default: {} } },
  ...change.top,
});

describe('a container as it shall be', () => {
  test('has no drift, whatever the engine writes besides', () => {
    expect(fieldDrifts(wanted, raw())).toEqual([]);
  });
  test('keeps its bind when its source is a link', () => {
    const linked = raw({ top: { Mounts: [{ Type: 'bind', Source: '/real/src', Destination: '/app', RW: true }, { Type: 'volume', Name: 'p_data', Destination: '/data', RW: true }] } });
    expect(fieldDrifts(wanted, linked)).toEqual([]);
  });
});

describe('one drift per field with both values', () => {
  const cases: readonly (readonly [string, JsonObject, string, string])[] = [
    ['memory', raw({ host: { Memory: 134217728 } }), '64 MiB', '128 MiB'],
    ['memory reservation', raw({ host: { MemoryReservation: 1024 } }), 'none', '1 KiB'],
    ['cpus', raw({ host: { NanoCpus: 500_000_000 } }), 'none', '0.5'],
    ['cpus', raw({ host: { CpuQuota: 150_000, CpuPeriod: 100_000 } }), 'none', '1.5'],
    ['restart', raw({ host: { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } } }), 'no', 'always'],
    ['ports', raw({ host: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '9090' }] } } }), '127.0.0.1:8080:80', '9090:80'],
    ['networks', raw({ top: { NetworkSettings: { Networks: { p_default: {}, other: {} } } } }), 'none', 'other'],
    ['mounts', raw({ top: { Mounts: [{ Type: 'bind', Source: '/p/src', Destination: '/app', RW: false }, { Type: 'volume', Name: 'p_data', Destination: '/data', RW: true }] } }), '/p/src:/app', '/p/src:/app:ro'],
    ['image', raw({ top: { Image: 'sha256:fedcba0987654321' } }), 'shop:1 (1234567890ab)', 'shop:1 (fedcba098765)'],
    ['command', raw({ config: { Cmd: ['serve', '--password=hunter2'] } }), 'serve', 'serve --password=•••'],
    ['user', raw({ config: { User: '' } }), '1000', 'none'],
    ['environment MODE', raw({ config: { Env: ['MODE=prod', 'PASSWORD=secret'] } }), 'dev', 'prod'],
    ['environment MODE', raw({ config: { Env: ['MODE=', 'PASSWORD=secret'] } }), 'dev', 'empty'],
    ['environment PASSWORD', raw({ config: { Env: ['MODE=dev'] } }), '••••••', 'not set'],
    ['environment PASSWORD', raw({ config: { Env: ['MODE=dev', 'PASSWORD=older'] } }), '••••••', '•••••• (another value)'],
    ['hash', raw({ config: { Labels: { 'com.docker.compose.config-hash': 'old' } } }), 'h1', 'old'],
  ];
  test.each(cases)('%s', (field, inspected, desired, actual) => {
    expect(fieldDrifts(wanted, inspected)).toEqual([{ field, desired, actual }]);
  });

  test('the one rule for secrets hides values, whatever they are', () => {
    const values = fc.string().filter((one) => one !== '' && !one.includes('=')).map((one) => `k${one}k`);
    fc.assert(
      fc.property(values, values, (old, next) => {
        const drifts = fieldDrifts({ ...wanted, payload: { ...payload, Env: [`DB_PASSWORD=${next}`] } }, raw({ config: { Env: [`DB_PASSWORD=${old}`, `PASSPHRASE=${old}`], Labels: {} } }));
        for (const one of drifts.filter((drift) => drift.field.startsWith('environment '))) expect([one.desired, one.actual].every((text) => /^(•{6}( \(another value\))?|not set)$/.test(text))).toBe(true);
      }),
    );
  });

  describe('a variable that was taken out of the files', () => {
    const config = (env: readonly string[], hash = 'old'): JsonObject => ({ Env: [...env], Labels: { 'com.docker.compose.config-hash': hash } });
    const own = ['MODE=dev', 'PASSWORD=secret', 'PATH=/bin'];

    test('is named with its value', () => {
      expect(fieldDrifts(wanted, raw({ config: config([...own, 'DEBUG=1', 'OLD_PASSWORD=x']) }))).toEqual([
        { field: 'environment DEBUG', desired: 'not set', actual: '1' },
        { field: 'environment OLD_PASSWORD', desired: 'not set', actual: '••••••' },
      ]);
    });
    test('is wanted as the image has it where it stood for one of the image', () => {
      expect(fieldDrifts(wanted, raw({ config: config(['MODE=dev', 'PASSWORD=secret', 'PATH=/opt/bin']) }))).toEqual([{ field: 'environment PATH', desired: '/bin', actual: '/opt/bin' }]);
    });
    test('is not looked for where the container was made from the same files, passes one through, or runs from another image', () => {
      expect(fieldDrifts(wanted, raw({ config: config([...own, 'HTTP_PROXY=x'], 'h1') }))).toEqual([]);
      expect(fieldDrifts(wanted, raw({ config: config([...own, 'FROM_HOST=x']) })).map((one) => one.field)).toEqual(['hash']);
      expect(fieldDrifts({ ...wanted, imageEnvironments: {} }, raw({ config: config([...own, 'DEBUG=1']) })).map((one) => one.field)).toEqual(['hash']);
    });
  });
});

test('bytes are exact', () => {
  expect([0, 1024, 1536, 67108864, 3 * 1024 ** 3].map(bytesText)).toEqual(['none', '1 KiB', '1536 bytes', '64 MiB', '3 GiB']);
});

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONNECT_FILE, connectFile, KEYS_FILE, withConnectFile } from '@shared/domain/storage/connect-file';

const mode = (name: string, files: readonly string[]) => ({ name, files, envFiles: [], profiles: [] });
const text = (outcome: ReturnType<typeof withConnectFile>): string => {
  if (outcome.kind === 'by-hand') throw new Error(outcome.reason);
  return outcome.text;
};

describe('the override file', () => {
  const request = { services: [{ name: 'api', namesNetworks: false }, { name: 'db', namesNetworks: true }], endpointInside: 'http://berth-s3:9000', region: 'us-east-1', network: 'berth-s3', hostGateway: false, parents: new Map([['/mnt/s3', '/state/root/mnt/s3']]) };
  it('gives address, keys by a file, the network and the folders above the mounts', () => {
    const written = parse(connectFile(request)) as { services: Record<string, Record<string, unknown>>; networks: unknown };
    expect(written.services['api']).toEqual({
      environment: { AWS_ENDPOINT_URL: 'http://berth-s3:9000', AWS_REGION: 'us-east-1' },
      env_file: [KEYS_FILE],
      networks: { default: null, 'berth-s3': null },
      volumes: [{ type: 'bind', source: '/state/root/mnt/s3', target: '/mnt/s3', bind: { propagation: 'rslave' } }],
    });
    expect(written.services['db']?.['networks']).toEqual({ 'berth-s3': null });
    expect(written.networks).toEqual({ 'berth-s3': { name: 'berth-s3', external: true } });
  });
  it('names no network for an external endpoint, and no folder where nothing is mounted', () => {
    const written = parse(connectFile({ ...request, network: null, parents: new Map() })) as { services: Record<string, Record<string, unknown>> };
    expect(Object.keys(written.services['api'] ?? {})).toEqual(['environment', 'env_file']);
    expect(Object.keys(written)).toEqual(['services']);
  });
  it('says where this machine is to services whose S3 is on it', () => {
    const written = parse(connectFile({ ...request, network: null, hostGateway: true })) as { services: Record<string, Record<string, unknown>> };
    expect(written.services['api']?.['extra_hosts']).toEqual(['host.docker.internal:host-gateway']);
  });
});

describe('berth.yaml', () => {
  const modes = [mode('dev', ['compose.yaml', 'compose.override.yml']), mode('prod', ['compose.yaml'])];
  it('is made from the modes that were found', () => {
    expect(parse(text(withConnectFile(null, 'dev', modes)))).toEqual({ modes: { dev: { files: ['compose.yaml', 'compose.override.yml', CONNECT_FILE] }, prod: { files: ['compose.yaml'] } } });
    expect(parse(text(withConnectFile('display: { name: Shop }\n', 'prod', modes)))).toEqual({ display: { name: 'Shop' }, modes: { dev: { files: ['compose.yaml', 'compose.override.yml'] }, prod: { files: ['compose.yaml', CONNECT_FILE] } } });
  });
  it('keeps what it says, in each form a mode can have', () => {
    for (const [before, after] of [
      ['# mine\nmodes:\n  dev: compose.yaml\n', ['compose.yaml', CONNECT_FILE]],
      ['# mine\nmodes:\n  dev: [compose.yaml]\n', ['compose.yaml', CONNECT_FILE]],
      ['# mine\nmodes:\n  dev:\n    - compose.yaml # first\n', ['compose.yaml', CONNECT_FILE]],
      ['# mine\nmodes:\n  dev:\n    files: [compose.yaml]\n    profiles: [x]\n', { files: ['compose.yaml', CONNECT_FILE], profiles: ['x'] }],
    ] as const) {
      const now = text(withConnectFile(before, 'dev', modes));
      expect(now.startsWith('# mine\n')).toBe(true);
      expect((parse(now) as { modes: { dev: unknown } }).modes.dev).toEqual(after);
      expect(text(withConnectFile(now, 'dev', modes))).toBe(now);
    }
    expect(withConnectFile('modes:\n  prod: compose.yaml\n', 'dev', modes).kind).toBe('by-hand');
  });
});

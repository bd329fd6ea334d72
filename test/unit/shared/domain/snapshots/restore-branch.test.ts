import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { branchClashes, branchedEnv, branchedFile } from '@shared/domain/snapshots/restore-branch';

const FILE = `# the shop
name: shop
services:
  api:
    build: ./api
    image: registry/shop-api
    container_name: api # fixed
    networks:
      back: { ipv4_address: 10.0.0.2, aliases: [api] }
  db:
    image: postgres:16
    container_name: shop-db
    volumes: ["data:/data"]
volumes:
  data: { name: shop-data }
  shared: { external: true }
networks:
  back: { name: shop-back, ipam: { config: [{ subnet: 10.0.0.0/24 }] } }
  outer: { external: true, name: proxy }
`;

describe('branchedFile', () => {
  it('takes out every name and address that the original has', () => {
    const text = branchedFile(FILE, 'shop-copy', false) ?? '';
    expect(parse(text)).toEqual({
      name: 'shop-copy',
      services: { api: { build: './api', networks: { back: { aliases: ['api'] } } }, db: { image: 'postgres:16', volumes: ['data:/data'] } },
      volumes: { data: {}, shared: {} },
      networks: { back: {}, outer: { external: true, name: 'proxy' } },
    });
    expect(text).toContain('# the shop');
  });

  it('names the project where it is told to, and leaves other files as they are byte for byte', () => {
    const plain = 'services:\n    web: {image:   nginx}\n';
    expect(branchedFile(plain, 'copy', false)).toBe(plain);
    expect(parse(branchedFile(plain, 'copy', true) ?? '')).toEqual({ name: 'copy', services: { web: { image: 'nginx' } } });
  });

  it('does not touch what is no YAML', () => {
    expect(branchedFile('services: [', 'copy', true)).toBeNull();
    expect(branchedFile('just words', 'copy', true)).toBe('just words');
  });
});

describe('branchedEnv', () => {
  it('names the project where the file does', () => {
    expect(branchedEnv('A=1\nexport COMPOSE_PROJECT_NAME = shop\nB=2\n', 'copy')).toBe('A=1\nexport COMPOSE_PROJECT_NAME =copy\nB=2\n');
    expect(branchedEnv('A=1\n', 'copy')).toBe('A=1\n');
  });
});

describe('branchClashes', () => {
  it('says what would be shared', () => {
    const there = { containers: new Set(['api']), volumes: new Set(['data']), networks: new Set<string>() };
    expect(branchClashes({ containers: ['api', 'web'], volumes: ['data'], networks: ['back'] }, there)).toEqual(['the container name api', 'the volume data']);
  });
});

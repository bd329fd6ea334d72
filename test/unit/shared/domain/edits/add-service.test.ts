import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { addService, liveMounts, placesOf, volumeNames, type NewService } from '@shared/domain/edits/add-service';

const monitoring: NewService = {
  name: 'monitoring-service',
  image: null,
  context: './monitoring-service',
  dockerfile: 'Dockerfile',
  containerName: 'opsconductor-monitoring-dev',
  ports: [],
  mounts: ['./monitoring-service/main.py:/app/main.py', './monitoring-service/config:/app/config', './shared:/app/shared'],
  networks: ['opsconductor-dev'],
  dependsOn: [],
};
const DEV = `# ops
services:
  api:
    build: ./api   # ours
    networks:
      - opsconductor-dev

# what they talk over
networks:
  opsconductor-dev:
    name: opsconductor-dev
`;
const BLOCK = `  monitoring-service:
    build:
      context: ./monitoring-service
      dockerfile: Dockerfile
    container_name: opsconductor-monitoring-dev
    volumes:
      - ./monitoring-service/main.py:/app/main.py
      - ./monitoring-service/config:/app/config
      - ./shared:/app/shared
    networks:
      - opsconductor-dev
`;

const edited = (text: string, service: NewService, part: Parameters<typeof addService>[2]): string => {
  const outcome = addService(text, service, part);
  if (outcome.kind !== 'edited') throw new Error(outcome.reason);
  return outcome.text;
};

describe('a new service', () => {
  it('is written as one would write it, and nothing else of the file changes', () => {
    expect(edited(DEV, monitoring, { kind: 'whole', withMounts: true })).toBe(DEV.replace('      - opsconductor-dev\n\n#', `      - opsconductor-dev\n${BLOCK}\n#`));
    const clean = parse(edited(DEV, monitoring, { kind: 'whole', withMounts: false })) as { readonly services: { readonly [name: string]: unknown } };
    const { volumes: _mounts, ...without } = (parse(`services:\n${BLOCK}`) as { readonly services: { readonly 'monitoring-service': { readonly [key: string]: unknown } } }).services['monitoring-service'];
    expect(clean.services['monitoring-service']).toEqual(without);
  });

  it('declares its volumes where they are not declared yet, and keeps them where mounts are left out', () => {
    const store = { ...monitoring, context: null, dockerfile: null, image: 'redis:7', ports: ['8080:80'], mounts: ['./conf:/etc/conf:ro', 'cache:/data'], networks: [] };
    expect(edited(DEV, store, { kind: 'whole', withMounts: false })).toContain('    image: redis:7\n    container_name: opsconductor-monitoring-dev\n    ports:\n      - "8080:80"\n    volumes:\n      - cache:/data\n');
    expect(parse(edited(DEV, store, { kind: 'whole', withMounts: true }))).toMatchObject({ volumes: { cache: null } });
    expect(parse(edited(`${DEV}volumes:\n  cache: { name: mine }\n`, store, { kind: 'whole', withMounts: true }))).toMatchObject({ volumes: { cache: { name: 'mine' } } });
    expect(parse(edited('services: {}\n', store, { kind: 'mounts' }))).toEqual({ services: { 'monitoring-service': { volumes: ['./conf:/etc/conf:ro'] } } });
  });

  it('tells mounts of this machine from volumes', () => {
    const mounts = ['./a:/a', '../b:/b', '/c:/c', '~/d:/d', 'C:\\e:/e', 'data:/f', '/only'];
    expect(liveMounts(mounts)).toEqual(['./a:/a', '../b:/b', '/c:/c', '~/d:/d', 'C:\\e:/e']);
    expect(volumeNames(mounts)).toEqual(['data']);
  });
});

describe('where a new service is written', () => {
  const modes = (dev: readonly string[], prod: readonly string[]): Parameters<typeof placesOf>[0] => [{ mode: 'dev', files: dev }, { mode: 'prod', files: prod }];

  it('goes into each mode once', () => {
    expect(placesOf(modes(['dev'], ['clean']), 'dev')).toEqual({ whole: ['dev', 'clean'], mounts: 'dev' });
    expect(placesOf(modes(['dev'], ['clean']), 'prod')).toEqual({ whole: ['clean', 'dev'], mounts: 'clean' });
    expect(placesOf([{ mode: 'default', files: ['compose', 'override'] }], 'default')).toEqual({ whole: ['compose'], mounts: 'compose' });
    expect(placesOf(modes(['base', 'dev'], ['base']), 'dev')).toEqual({ whole: ['base'], mounts: 'dev' });
    expect(placesOf(modes(['base', 'dev'], ['base', 'prod']), 'dev')).toEqual({ whole: ['base'], mounts: 'dev' });
    expect(placesOf([...modes(['base', 'dev'], ['base']), { mode: 'test', files: ['test'] }], 'dev')).toEqual({ whole: ['base', 'test'], mounts: 'dev' });
  });

  it('is refused where mounts of one mode would be mounted in another', () => {
    expect(placesOf(modes(['base'], ['base', 'prod']), 'dev')).toHaveProperty('refused');
    expect(placesOf(modes([], ['prod']), 'dev')).toHaveProperty('refused');
  });
});

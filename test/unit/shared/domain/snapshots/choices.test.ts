import { describe, expect, it } from 'vitest';
import type { ComposeModel, LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer, ObservedMount, ObservedVolume } from '@shared/domain/engine/observed';
import { isTicked, projectBinds } from '@shared/domain/snapshots/bind-choice';
import { containerDocument } from '@shared/domain/snapshots/container-document';
import { projectFiles } from '@shared/domain/snapshots/file-choice';
import { deviceOf, isInMemory, writersOf } from '@shared/domain/snapshots/places';
import { namelessData, projectVolumes } from '@shared/domain/snapshots/volume-choice';

const DIR = '/home/me/shop';
const NAMELESS = 'a'.repeat(64);

const container = (service: string, mounts: readonly ObservedMount[], more: Partial<ObservedContainer> = {}): ObservedContainer =>
  ({ id: `id-${service}`, name: `shop-${service}-1`, project: 'shop', service, state: 'running', imageRef: 'busybox', mounts, ...more }) as ObservedContainer;
const volume = (source: string, target = '/data', readOnly = false): ObservedMount => ({ type: 'volume', source, target, readOnly });
const bind = (source: string, target = '/data', readOnly = false): ObservedMount => ({ type: 'bind', source, target, readOnly });
const observed = (name: string, labels: ObservedVolume['labels'] = {}, options?: ObservedVolume['options']): ObservedVolume => ({ name, driver: 'local', labels, createdAt: 't', ...(options === undefined ? {} : { options }) });
const model = (services: object, volumes: object = {}): ComposeModel => ({ name: 'shop', services, networks: {}, volumes, secrets: {}, configs: {} }) as ComposeModel;

describe('volumes of a project', () => {
  it('are those of every mode, of its label and of its containers, as far as they exist', () => {
    const dev = model({ db: { image: 'postgres:16', volumes: [{ type: 'volume', source: 'data', target: '/var/lib/postgresql/data' }] } }, { data: { name: 'shop_data' }, gone: { name: 'shop_gone' } });
    const prod = model({ web: { volumes: [{ type: 'volume', source: 'shared', target: '/s' }] } }, { cache: { name: 'shop_cache' }, shared: { name: 'company', external: true }, unused: { name: 'unused', external: true } });
    const found = projectVolumes({
      project: 'shop',
      models: [dev, prod],
      volumes: ['shop_data', 'shop_cache', 'company', 'unused', 'other', 'used', NAMELESS].map((name) => observed(name)).concat(observed('shop_old', { 'com.docker.compose.project': 'shop' }), observed('shop_data__berth_1', { 'com.docker.compose.project': 'shop', 'dev.berth.replaced-of': 'shop_data' })),
      containers: [container('api', [volume('used', '/u'), volume(NAMELESS)])],
      environmentOf: () => [],
    });
    expect(found.map((one) => [one.name, one.facts.key, one.external])).toEqual([['company', 'shared', true], ['shop_cache', 'cache', false], ['shop_data', 'data', false], ['shop_old', null, false], ['used', null, true]]);
    expect(found.find((one) => one.name === 'shop_data')?.facts).toMatchObject({ database: 'postgres 16', services: { db: '/var/lib/postgresql/data' } });
    expect(namelessData([container('api', [volume(NAMELESS, '/cache')])])).toEqual(['api keeps /cache in a volume without a name: it is not in the snapshot. Give it a name in the compose file to have it there.']);
  });
});

describe('folders of a project', () => {
  const binds = projectBinds(DIR, [model({ api: { volumes: [{ type: 'bind', source: `${DIR}/src`, target: '/srv/app' }, { type: 'bind', source: `${DIR}/efs`, target: '/mnt/efs' }, { type: 'bind', source: '/mnt/efs/in', target: '/in', read_only: true }] } })], [
    container('api', [bind('/mnt/efs'), bind('/var/run/docker.sock'), bind('/etc/localtime', '/etc/localtime', true), bind('/home/me'), bind('/'), bind('/opt/models', '/models')]),
  ]);

  it('take data always and source trees only when they are ticked', () => {
    expect(binds.map((one) => [one.name, one.always, one.facts.filtered])).toEqual([['/mnt/efs', true, false], ['/mnt/efs/in', false, true], ['/opt/models', false, true], ['efs', true, false], ['src', false, true]]);
  });

  it('are ticked by name or by folder', () => {
    const [efs] = binds;
    const src = binds.find((one) => one.name === 'src');
    expect(efs !== undefined && isTicked(efs, ['/mnt/efs/'], DIR)).toBe(true);
    expect(src !== undefined && isTicked(src, ['./src'], DIR)).toBe(true);
    expect(src !== undefined && isTicked(src, ['/src', 'sr', `${DIR}/src/x`], DIR)).toBe(false);
  });
});

describe('files of a project', () => {
  it('are what its modes name, values apart from the rest', () => {
    const loaded = {
      projectDir: DIR,
      files: [`${DIR}/compose.yaml`],
      inputFiles: [`${DIR}/compose.yaml`, `${DIR}/parts/db.yml`, `${DIR}/api.env`, '/home/me/common/base.yml'],
      model: { ...model({ api: { build: { context: `${DIR}/api` } }, web: { build: { context: `${DIR}/web`, dockerfile: 'Dockerfile.dev' } }, far: { build: { context: 'https://example.com/x.git' } }, text: { build: { context: DIR, dockerfile_inline: 'FROM scratch' } } }), configs: { nginx: { file: `${DIR}/nginx.conf` } }, secrets: { key: { file: `${DIR}/secrets/key` }, both: { file: `${DIR}/nginx.conf.key` } } },
    } as unknown as LoadedCompose;
    const files = projectFiles(DIR, [{ name: 'dev', files: ['compose.yaml', 'missing.yml'], envFiles: ['dev.env'], profiles: [] }], [loaded]);
    expect(files.compose).toEqual(['api/.dockerignore', 'api/Dockerfile', 'api/Dockerfile.dockerignore', 'berth.yaml', 'berth.yml', 'compose.yaml', 'missing.yml', 'nginx.conf', 'parts/db.yml', 'web/.dockerignore', 'web/Dockerfile.dev', 'web/Dockerfile.dev.dockerignore']);
    expect(files.env).toEqual(['.env', 'api.env', 'dev.env', 'nginx.conf.key', 'secrets/key']);
    expect(files.outside).toEqual(['/home/me/common/base.yml']);
  });
});

describe('who writes to a place', () => {
  const place = { kind: 'volume', name: 'data', device: null } as const;

  it('is whatever runs and has it mounted to write, whoever it belongs to', () => {
    const all = [container('db', [volume('data')]), container('reader', [volume('data', '/r', true)]), container('ended', [volume('data')], { state: 'exited' }), container('held', [volume('data')], { state: 'paused' }), container('other', [volume('data')], { project: 'else' }), container('again', [volume('data')], { state: 'restarting' }), container('apart', [volume('data2')])];
    expect(writersOf(place, all, (one) => one.project === 'shop', () => null).map((one) => [one.service, one.own])).toEqual([['db', true], ['other', false], ['again', true]]);
  });

  it('sees through volumes that are folders', () => {
    const made = observed('data', {}, { type: 'none', o: 'bind,rw', device: '/srv/data' });
    const device = (name: string): string | null => (name === 'data' ? deviceOf(made) : null);
    const all = [container('one', [bind('/srv/data/in')]), container('two', [bind('/srv')]), container('three', [volume('data')]), container('four', [bind('/srv/database')])];
    expect(writersOf({ ...place, device: device('data') }, all, () => true, device).map((one) => one.service)).toEqual(['one', 'two', 'three']);
    expect(writersOf({ kind: 'bind', name: '/srv/data/in', device: null }, all, () => true, device).map((one) => one.service)).toEqual(['one', 'two', 'three']);
    expect(deviceOf(observed('nfs', {}, { type: 'nfs', o: 'addr=1.2.3.4', device: ':/x' }))).toBeNull();
    expect(isInMemory(observed('t', {}, { type: 'tmpfs', device: 'tmpfs' }))).toBe(true);
  });
});

describe('the document of a container', () => {
  it('has what it was asked for, without what the engine and the image add', () => {
    const id = 'abcdef0123456789';
    const document = containerDocument(
      {
        Id: id,
        Name: '/shop-db-1',
        State: { Running: true },
        Mounts: [{}],
        Config: { Hostname: id.slice(0, 12), Image: 'postgres:16', Env: ['A=1', 'PATH=/bin'], Cmd: ['postgres'], AttachStdout: true, Tty: false, Labels: { x: 'y' } },
        HostConfig: { Binds: null, Memory: 0, NetworkMode: 'shop_default', MaskedPaths: ['/proc'] },
        NetworkSettings: { Networks: { shop_default: { Aliases: ['db', id.slice(0, 12)], IPAddress: '10.0.0.2', MacAddress: 'x', IPAMConfig: null } } },
      },
      { environment: ['PATH=/bin'] } as never,
    );
    expect(document).toEqual({
      Name: 'shop-db-1',
      Image: 'postgres:16',
      Env: ['A=1'],
      Cmd: ['postgres'],
      Labels: { x: 'y' },
      HostConfig: { NetworkMode: 'shop_default' },
      NetworkingConfig: { EndpointsConfig: { shop_default: { Aliases: ['db'] } } },
    });
  });
});

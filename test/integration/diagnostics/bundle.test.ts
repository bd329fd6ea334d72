import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { realBerth, type Berth, type Running } from '../runtime/host-process';
import { cannotStandIn } from '../../support/canaries';
import { dockerContext, stubEngine, type StubEngine } from '../../support/stub-engine';

const canary = (name: string): string => `CANARY-${name}-7f3a"9\\c/${Buffer.from(name).toString('hex')}+=?ü`;
/** Where users keep secrets, each with a value of its own. */
const CANARIES = {
  envFile: canary('envfile'),
  dotenv: canary('dotenv'),
  inline: canary('inline'),
  buildArg: canary('buildarg'),
  label: canary('label'),
  command: canary('command'),
  content: canary('content'),
  secretFile: canary('secretfile'),
  registry: canary('registry'),
  identity: canary('identity'),
  s3Key: canary('s3key'),
  passphrase: canary('passphrase'),
};

/** A tar's files by name. */
function untar(bytes: Buffer): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const text = (from: number, length: number): string => bytes.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    files.set(text(0, 100), bytes.toString('utf8', at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

describe('a diagnostics bundle', () => {
  let berth: Berth;
  let host: Running;
  let engine: StubEngine;
  let other: StubEngine;
  let dir: string;

  beforeAll(async () => {
    const yaml = (text: string): string => JSON.stringify(text);
    dir = await mkdtemp(join(tmpdir(), 'bt-dg-'));
    await writeFile(join(dir, '.env'), `DOTENV_VALUE=${yaml(CANARIES.dotenv).replaceAll('$', '$$$$')}\n`);
    await writeFile(join(dir, 'api.env'), `PLAIN_NAME=${yaml(CANARIES.envFile)}\n`);
    await writeFile(join(dir, 'secret.txt'), CANARIES.secretFile);
    await writeFile(
      join(dir, 'compose.yaml'),
      [
        'name: btdiag',
        'services:',
        '  api:',
        '    image: busybox:${TAG:-1}',
        '    build: { context: ., args: { SOME_ARG: ' + yaml(CANARIES.buildArg) + ' } }',
        '    env_file: api.env',
        '    environment:',
        '      INLINE: ' + yaml(CANARIES.inline),
        '      FROM_DOTENV: ${DOTENV_VALUE}',
        '      DATABASE_URL: ' + yaml(`postgres://me:${encodeURIComponent(CANARIES.inline)}@db/app`),
        '    labels: { note: ' + yaml(CANARIES.label) + ' }',
        '    command: ["serve", ' + yaml(`--token=${CANARIES.command}`) + ']',
        '    secrets: [file_one, inline_one]',
        '    ports: ["18080:80"]',
        'secrets:',
        '  file_one: { file: ./secret.txt }',
        '  inline_one: { environment: DOTENV_VALUE }',
        'configs:',
        '  conf: { content: ' + yaml(CANARIES.content) + ' }',
        '',
      ].join('\n'),
    );
    berth = await realBerth({ BERTH_S3_SECRET_KEY: CANARIES.s3Key, BERTH_SNAPSHOT_PASSPHRASE: CANARIES.passphrase });
    engine = await stubEngine(join(berth.home, 'one.sock'), '1.0.0-one');
    other = await stubEngine(join(berth.home, 'two.sock'), '2.0.0-two');
    await dockerContext(berth.home, 'one', engine.uri);
    await dockerContext(berth.home, 'two', other.uri);
    await mkdir(join(berth.home, '.docker'), { recursive: true });
    await writeFile(join(berth.home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'one', auths: { 'registry.example.org': { auth: Buffer.from(`ada:${CANARIES.registry}`).toString('base64') }, 'two.example.org': { identitytoken: CANARIES.identity } } }));
    host = berth.start(['serve'], { BERTH_CHECK_OUTPUT: '1' });
    await host.says('"type":"ready"');
    expect((await berth.json('projects', 'open', dir, '--trust')).code).toBe(0);
    // What fails says why: words of it stand in the log, in operations and in events.
    await berth.json('checks', 'run', '--project', dir);
    await berth.json('services', 'start', '--project', dir, '--yes');
    await berth.json('modes', 'switch', 'default', '--project', dir, '--yes');
  });
  afterAll(async () => {
    host.child.kill('SIGTERM');
    await host.ended;
    await engine.close();
    await other.close();
    await berth.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('has what a report needs and none of the secrets, in any encoding', async () => {
    const file = join(dir, 'bundle.tar.gz');
    const preview = (await berth.json<OutputOf<'diagnostics.preview'>>('diagnostics', 'preview')).value;
    expect(preview.missing).toEqual([]);
    const { code, value } = await berth.json<OutputOf<'diagnostics.bundle'>>('diagnostics', 'bundle', file);
    expect(code).toBe(0);
    const packed = await readFile(file);
    expect(packed.length).toBe(value.sizeBytes);
    const whole = gunzipSync(packed);
    const files = untar(whole);
    expect([...files.keys()].sort()).toEqual(['README.txt', ...preview.files.map((one) => one.path)].map((path) => `berth-diagnostics/${path}`).sort());
    expect(files.size).toBe(value.files);

    const token = (await readFile(join(berth.home, 'api-token'), 'utf8').catch(() => '')).trim();
    const secrets = [...Object.values(CANARIES), ...(token === '' ? [] : [token])];
    cannotStandIn('the bundle', whole, secrets);
    for (const [name, text] of files) cannotStandIn(name, Buffer.from(text), secrets);
    cannotStandIn('the preview', Buffer.from(JSON.stringify(preview)), secrets);
    expect(whole.includes(berth.home)).toBe(false);

    const of = (path: string): string => files.get(`berth-diagnostics/${path}`) ?? '';
    const project = [...files.keys()].find((name) => name.includes('/projects/'))?.replace('berth-diagnostics/', '') ?? '';
    expect(JSON.parse(of(project))).toMatchObject({ name: 'btdiag', models: { default: { model: { services: { api: { image: 'busybox:1', build: true, environment: expect.arrayContaining(['PLAIN_NAME', 'INLINE', 'FROM_DOTENV']) as string[], ports: ['18080:80/tcp'] } }, secrets: ['file_one', 'inline_one'] } } } });
    expect(of('engine.json')).toContain('1.0.0-one');
    expect(JSON.parse(of('settings.json'))).toContainEqual({ key: 'drift.everySeconds', value: 30, default: 30 });
    expect(JSON.parse(of('operations.json'))).toContainEqual(expect.objectContaining({ kind: 'diagnostics.bundle' }));
    expect(JSON.parse(of('doctor.json'))).toHaveProperty('checks');
    expect(of('berth.log').trim()).not.toBe('');
    expect(of('README.txt')).toContain('What is never in it:');
  });

  it('is there whole or not at all, and replaces nothing', async () => {
    const taken = join(dir, 'taken.tar.gz');
    await writeFile(taken, 'mine');
    expect((await berth.json('diagnostics', 'bundle', taken)).error).toMatchObject({ code: 'input-invalid' });
    expect(await readFile(taken, 'utf8')).toBe('mine');
    expect((await berth.json('diagnostics', 'bundle', join(dir, 'nowhere', 'b.tar.gz'))).error).toMatchObject({ code: 'not-found' });
    expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('goes over to another engine by its name, and everything follows', async () => {
    const list = (await berth.json<OutputOf<'engine.list'>>('engine', 'list')).value;
    expect(list.reason).toBe('one is used: it is the current context of the docker command.');
    expect((await berth.json<OutputOf<'engine.use'>>('engine', 'use', 'two')).value).toMatchObject({ state: 'connected', version: '2.0.0-two' });
    expect((await berth.json<OutputOf<'engine.status'>>('engine', 'status')).value).toMatchObject({ version: '2.0.0-two' });
    await expect.poll(() => [engine.streams(), other.streams()]).toEqual([0, 1]);
    const asked = engine.asked.length;
    expect(other.asked).toContain('/containers/json');
    expect((await berth.json('engine', 'use', 'three')).error).toMatchObject({ code: 'not-found' });
    expect((await berth.json('settings', 'set', 'engine.endpoint', 'three')).error).toMatchObject({ code: 'not-found' });
    expect((await berth.json<OutputOf<'engine.list'>>('engine', 'list')).value.reason).toBe('two is used: it was chosen in Berth.');
    expect(engine.asked.slice(asked).filter((path) => path !== '/_ping')).toEqual([]);
    const reset = (await berth.json<OutputOf<'settings.reset'>>('settings', 'reset', 'engine.endpoint', '--yes')).value;
    expect(reset.changes).toEqual([{ key: 'engine.endpoint', title: 'Engine', from: 'two', to: '' }]);
    await expect.poll(async () => (await berth.json<OutputOf<'engine.status'>>('engine', 'status')).value.version).toBe('1.0.0-one');
  });

  it('says how the start went', async () => {
    const { value } = await berth.json<OutputOf<'diagnostics.startup'>>('diagnostics', 'startup');
    expect(value.steps.map((step) => step.name)).toEqual(expect.arrayContaining(['store', 'engine', 'worker']));
  });
});

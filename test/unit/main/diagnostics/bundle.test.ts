import { describe, expect, it } from 'vitest';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { Operation } from '@shared/domain/operations/operation';
import { gatherBundle, type BundleSources } from '@main/diagnostics/bundle';
import { bundleList } from '@main/diagnostics/bundle-operation';
import { cannotStandIn, encodingsOf } from '../../../support/canaries';

const canary = (name: string): string => `k${name}9"\\/+ü=${Buffer.from(`canary ${name}`).toString('hex')}`;
const NAMES = ['registry', 's3', 'token', 'envfile', 'dotenv', 'shell', 'environment', 'secret', 'config', 'variable', 'passphrase', 'record'] as const;
const CANARIES = Object.fromEntries(NAMES.map((name) => [name, canary(name)])) as { readonly [name in (typeof NAMES)[number]]: string };

/** A mode whose values stand in every layer a value can come from. */
const loaded = {
  model: {
    name: 'shop',
    services: { api: { image: 'shop/api', command: ['x', CANARIES.environment], entrypoint: null, environment: { PLAIN: CANARIES.environment }, labels: { note: CANARIES.environment } } },
    networks: {},
    volumes: {},
    secrets: { one: { content: CANARIES.secret } },
    configs: { two: { content: CANARIES.config } },
  },
  warnings: [],
  findings: [],
  variableContents: { 'secrets.three': CANARIES.variable },
  variables: {
    uses: [],
    values: { A: [{ kind: 'dotenv', value: CANARIES.dotenv, where: undefined }, { kind: 'shell', value: CANARIES.shell, where: undefined }] },
    environment: { api: { PLAIN: [{ kind: 'environment', value: CANARIES.environment, where: undefined }, { kind: 'env_file', value: CANARIES.envfile, where: undefined }], NONE: [{ kind: 'environment', value: null, where: undefined }] } },
  },
} as unknown as LoadedCompose;

/** Every secret in every encoding that can stand in a text, as a careless program would write it. */
const LEAKS = NAMES.flatMap((name) => [...encodingsOf(CANARIES[name]).filter((form) => !form.includes(0)), Buffer.from(Buffer.from(`user:${CANARIES[name]}@`).toString('base64'))].map((form) => `leaks ${form.toString('utf8')} here`));

const operation = { id: 'op_1', kind: 'modes.switch', title: `Switch ${LEAKS[0] ?? ''}`, state: 'failed', error: { code: 'start-failed', message: LEAKS.join('; '), hint: LEAKS.join('\n') }, createdAt: '', startedAt: null, finishedAt: null, projectId: 'p_1', attempt: 1, origin: 'user', input: { secret: CANARIES.token } } as unknown as Operation;

function sources(more: Partial<BundleSources> = {}): BundleSources {
  return {
    version: '1.0.0',
    homeDir: '/home/adalovelace',
    secrets: () => Promise.resolve([CANARIES.registry, CANARIES.s3, CANARIES.token, CANARIES.passphrase, CANARIES.record]),
    redact: (text) => text,
    engine: () => Promise.resolve({ message: LEAKS }),
    settings: () => [{ key: 'editor.command', value: LEAKS[1] ?? '', default: '', title: '', description: '', range: '' }],
    doctor: () => Promise.resolve({ checks: LEAKS.map((detail) => ({ detail })) }),
    runtime: () => ({ deep: { deeper: { deepest: { even: { more: { so: { far: LEAKS } } } } } } }),
    metrics: () => ({}),
    startup: () => ({ marks: [] }),
    alerts: () => LEAKS,
    logTail: () => Promise.resolve(`${LEAKS.map((message) => JSON.stringify({ message })).join('\n')}\nat /home/adalovelace/shop\n`),
    operations: () => Promise.resolve([operation]),
    journal: () => Promise.resolve([{ operationId: 'op_1', seq: 1, name: 'container.create', phase: 'intent', at: '', data: { Env: LEAKS } }]),
    operationLog: () => Promise.resolve(LEAKS),
    events: () => Promise.resolve([{ at: '', type: 'x', severity: 'info', projectId: null, service: null, correlationId: null, message: LEAKS.join(' '), data: { value: CANARIES.token } }]),
    projects: () => Promise.resolve([{ id: 'p_1', name: 'shop', dir: '/home/adalovelace/shop', modes: [{ name: 'dev', files: [], envFiles: [], profiles: [] }], trusted: true }]),
    loadModes: () => Promise.resolve({ dev: loaded }),
    ...more,
  };
}

describe('a diagnostics bundle', () => {
  it('has no secret that any part of it was told, in any encoding', async () => {
    const bundle = await gatherBundle(sources());
    expect(bundle.missing).toEqual([]);
    for (const { path, text } of bundle.files) cannotStandIn(path, Buffer.from(text), Object.values(CANARIES));
    expect(bundle.files.map((file) => file.path)).toEqual(['versions.json', 'engine.json', 'doctor.json', 'settings.json', 'runtime.json', 'startup.json', 'alerts.json', 'operations.json', 'events.json', 'berth.log', 'projects/p_1.json']);
    for (const file of bundle.files) if (file.path.endsWith('.json')) JSON.parse(file.text);
    expect(JSON.stringify(bundle)).not.toContain('adalovelace');
  });

  it('says what could not be read, and has the rest', async () => {
    const bundle = await gatherBundle(sources({ doctor: () => Promise.reject(new Error(CANARIES.token)), loadModes: () => Promise.reject(new Error('broken')) }));
    expect(bundle.missing).toEqual(['projects/p_1.json: it could not be read', 'doctor.json: it could not be read']);
    expect(bundleList(bundle).files.map((file) => file.path)).not.toContain('doctor.json');
  });

  it('lists each file with its size in bytes, and what is left out', async () => {
    const bundle = await gatherBundle(sources({ logTail: () => Promise.resolve('ü\n') }));
    const list = bundleList(bundle);
    expect(list.files.find((file) => file.path === 'berth.log')).toEqual({ path: 'berth.log', sizeBytes: 3, what: 'The end of Berth’s own log.' });
    expect(list.leftOut.length).toBeGreaterThan(3);
  });
});

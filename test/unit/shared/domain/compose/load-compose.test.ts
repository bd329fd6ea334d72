import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { findUnsupportedByEngine } from '@shared/domain/compose/unsupported';
import { loadText, loadVirtual } from './virtual-files';

async function refusal(text: string): Promise<AppError> {
  try {
    await loadText(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it loaded');
}

describe('loadCompose', () => {
  it('puts each short port and volume at its own line', async () => {
    const loaded = await loadText('services:\n  web:\n    image: x\n    ports:\n      - "8000-8001:80-81"\n      - "90:90"\n    volumes:\n      - ./a:/a\n      - b:/b\nvolumes:\n  b:\n');
    expect(loaded.model.services['web']?.ports).toHaveLength(3);
    expect([0, 1, 2].map((index) => loaded.locate(['services', 'web', 'ports', String(index)])?.line)).toEqual([5, 5, 6]);
    expect([0, 1].map((index) => loaded.locate(['services', 'web', 'volumes', String(index), 'source'])?.line)).toEqual([8, 9]);
    expect(loaded.locate(['volumes', 'b'])?.line).toBe(11);
  });

  it('reads each file once, so that it sees one state of it', async () => {
    const read: string[] = [];
    const base = 'services:\n  base: {image: x}\n';
    const own = 'services:\n  a: {extends: {file: base.yaml, service: base}, env_file: [shared.env]}\n  b: {extends: {file: base.yaml, service: base}, env_file: [shared.env]}\n';
    const loaded = await loadVirtual({ 'compose.yaml': own, 'two.yaml': own, 'base.yaml': base, 'shared.env': 'A=1\n' }, { names: ['compose.yaml', 'two.yaml'], onRead: (file) => read.push(file) });
    expect(loaded.model.services['b']?.environment).toEqual({ A: '1' });
    expect(read.sort()).toEqual(['/shop/.env', '/shop/base.yaml', '/shop/compose.yaml', '/shop/shared.env', '/shop/two.yaml']);
  });

  it('reports what leads nowhere as findings, with line and service', async () => {
    const loaded = await loadText('services:\n  web:\n    image: x\n    volumes: ["data:/d"]\n    networks: [back]\n    depends_on:\n      - db\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n');
    expect(loaded.findings.map(({ code, severity, service, where }) => [code, severity, service, where?.line])).toEqual([
      ['UNDEFINED_NETWORK', 'error', 'web', 5],
      ['UNDEFINED_VOLUME', 'error', 'web', 4],
      ['UNDEFINED_SERVICE', 'error', 'web', 7],
      ['DEPENDENCY_CYCLE', 'error', 'b', 9],
    ]);
    expect(loaded.findings[3]?.message).toContain('a → b → a');
  });

  it('reports unknown keys, never ignores them, and loads the rest', async () => {
    const loaded = await loadText('services:\n  web:\n    image: x\n    enviroment: {A: 1}\n    deploy:\n      resources:\n        limit: {}\n');
    expect(loaded.findings.map(({ code, where, message }) => [code, where?.line, message.split('.')[2]?.split(' ')[0]])).toEqual([
      ['UNKNOWN_KEY', 4, 'enviroment'],
      ['UNKNOWN_KEY', 7, 'deploy'],
    ]);
    expect(loaded.findings[0]?.message).toContain('Did you mean "environment"?');
    expect(loaded.model.services['web']?.image).toBe('x');
  });

  it('reports keys that only a swarm or another tool can honour', async () => {
    const loaded = await loadText(
      'services:\n  a: {image: x, secrets: [s], credential_spec: {file: f}, models: [m]}\n  b: {provider: {type: z}}\n  c: {image: x, deploy: {placement: {constraints: [a]}}}\nsecrets: {s: {external: true}}\nmodels: {m: {model: y}}\n',
    );
    expect(loaded.findings.map(({ code, severity, service }) => [code, severity, service])).toEqual([
      ['UNSUPPORTED_KEY', 'error', 'a'], ['UNSUPPORTED_KEY', 'error', 'a'], ['UNSUPPORTED_KEY', 'error', 'a'], ['UNSUPPORTED_KEY', 'error', 'b'], ['UNSUPPORTED_KEY', 'info', 'c'],
    ]);
  });

  it.each(['https://example.org/shop.git#main:app', 'git@example.org:shop.git', 'github.com/shop/shop', 'ssh://git@example.org/shop.git'])('reports a build from an address at its line: %s', async (address) => {
    for (const text of [`services:\n  a:\n    build: ${address}\n`, `services:\n  a:\n    build:\n      context: "${address}"\n`]) {
      const { findings, model } = await loadText(text);
      expect(model.services['a']?.build?.context).toBe(address);
      expect(findings).toMatchObject([{ code: 'UNSUPPORTED_KEY', severity: 'error', service: 'a', message: expect.stringMatching(/^services\.a\.build\.context /), where: { line: text.split('\n').findIndex((line) => line.includes(address)) + 1 } }]);
    }
  });

  it('reports what a build may not be given, and labels that say whose a thing is', async () => {
    const loaded = await loadText(
      'services:\n  a:\n    build: {context: ., ssh: [default], privileged: true, additional_contexts: {k: /root, far: "https://example.org/x.git", "a:b": /root}, entitlements: [e], secrets: [s, outer], labels: {dev.berth.build: x}}\n    labels: [com.docker.compose.project=other, mine=1]\n  b: {build: {context: ., privileged: false, ssh: []}, volumes: ["vol:/v", "ext:/e"]}\nvolumes:\n  vol: {labels: {com.docker.compose.volume: w}}\n  ext: {external: true}\nsecrets: {s: {file: f}, outer: {external: true}}\n',
    );
    expect(loaded.findings.map(({ code, message }) => `${code} ${message.split(' ')[0] ?? ''}`).sort()).toEqual(
      ['services.a.build.additional_contexts.a:b', 'services.a.build.additional_contexts.far', 'services.a.build.entitlements', 'services.a.build.labels.dev.berth.build', 'services.a.build.privileged', 'services.a.build.secrets.1', 'services.a.labels.com.docker.compose.project', 'volumes.vol.labels.com.docker.compose.volume'].map((object) => `UNSUPPORTED_KEY ${object}`),
    );
    for (const { severity, where } of loaded.findings) expect([severity, where?.line]).toEqual(['error', expect.any(Number)]);
  });

  it('reports what an old engine would ignore', async () => {
    const loaded = await loadText('services:\n  a:\n    image: x\n    healthcheck:\n      test: "true"\n      start_interval: 1s\n');
    expect(findUnsupportedByEngine(loaded, '1.41').map(({ finding: { code, where } }) => [code, where?.line])).toEqual([['UNSUPPORTED_KEY', 6]]);
    expect(findUnsupportedByEngine(loaded, '1.44')).toEqual([]);
  });

  it.each([
    ['services: [a]', 1], ['services:\n  a:\n    image: [x]\n', 3], ['services:\n  a:\n    image: "${X:?which}"\n', 3], ['services:\n  a:\n    image: "${"\n', 3], ['services:\n  a: {image: x, init: perhaps}', 2],
  ])('%j is refused at its line', async (text, line) => {
    const error = await refusal(text);
    expect([error.code, error.exitCode, error.where?.line, error.where?.file]).toEqual(['compose-invalid', 2, line, '/shop/compose.yaml']);
  });

  it('names the project by -p, then COMPOSE_PROJECT_NAME, then the files, then the folder', async () => {
    const named = 'name: Named\nservices: {a: {image: x}}\n';
    expect((await loadText('services: {a: {image: x}}')).model.name).toBe('shop');
    expect((await loadText(named)).model.name).toBe('named');
    expect((await loadVirtual({ 'compose.yaml': named, '.env': 'COMPOSE_PROJECT_NAME=env-name' })).model.name).toBe('env-name');
    expect((await loadVirtual({ 'compose.yaml': named, '.env': 'COMPOSE_PROJECT_NAME=env-name' }, { projectName: 'given' })).model.name).toBe('given');
    await expect(loadText(named, { projectName: 'Not Valid' })).rejects.toMatchObject({ code: 'compose-invalid' });
  });

  it('lists every file that was read or looked for', async () => {
    const loaded = await loadVirtual({
      'compose.yaml': 'include: [parts/db.yaml]\nservices:\n  a: {extends: {file: base.yaml, service: b}, env_file: [{path: a.env, required: false}]}\n',
      'parts/db.yaml': 'services: {db: {image: x}}',
      'base.yaml': 'services: {b: {image: x}}',
    });
    expect(loaded.inputFiles).toEqual(['/shop/.env', '/shop/compose.yaml', '/shop/base.yaml', '/shop/parts/.env', '/shop/parts/db.yaml', '/shop/a.env']);
  });

  it('keeps the values of secrets out of the model', async () => {
    const loaded = await loadVirtual({ 'compose.yaml': 'services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {environment: S}}\n', '.env': 'S=very-secret' });
    expect(JSON.stringify(loaded.model)).not.toContain('very-secret');
    expect(loaded.variableContents['secrets.s']).toBe('very-secret');
  });

  it('lets no key reach a prototype', async () => {
    expect((await refusal('services:\n  __proto__: {image: x, polluted: true}\n')).where?.line).toBe(2);
    const keys = ['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
    const loaded = await loadText(`services:\n${keys.map((key) => `  ${key}: {image: x, environment: {${key}: "1"}, labels: {${key}: "1"}}\n`).join('')}`);
    expect(Object.keys(loaded.model.services).sort()).toEqual([...keys].sort());
    expect(Object.getPrototypeOf(loaded.model.services)).toBeNull();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('throws nothing but AppError, whatever the tree', async () => {
    const leaf = fc.oneof(fc.constantFrom<unknown>('x', '1:1', './a:/b', '${A:-b}', '$', '', 'service:a', '1s', '5m', null, true, 7, 1.5, -1), fc.string({ maxLength: 4 }));
    const key = fc.constantFrom(
      'image', 'build', 'ports', 'volumes', 'environment', 'depends_on', 'networks', 'deploy', 'healthcheck', 'test', 'command', 'env_file', 'secrets', 'configs', 'extends', 'file', 'service', 'target', 'source',
      'type', 'args', 'context', 'labels', 'logging', 'driver', 'ulimits', 'resources', 'limits', 'cpus', 'scale', 'links', 'a', 'constructor', '__proto__', 'x-a', 'gpus', 'ipam', 'config', 'external', 'name', 'dns', 'extra_hosts',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, fc.array(tie('tree'), { maxLength: 3 }), fc.uniqueArray(fc.tuple(key, tie('tree')), { maxLength: 4, selector: ([name]) => name }).map((pairs) => Object.fromEntries(pairs))),
    }));
    const file = fc.uniqueArray(fc.tuple(fc.constantFrom('services', 'volumes', 'networks', 'secrets', 'configs', 'include', 'name', 'x-y', 'version'), fc.uniqueArray(fc.tuple(key, tree), { maxLength: 3, selector: ([name]) => name }).map((pairs) => Object.fromEntries(pairs))), { maxLength: 4, selector: ([name]) => name });
    await fc.assert(
      fc.asyncProperty(file, file, async (one, two) => {
        try {
          await loadVirtual({ 'compose.yaml': JSON.stringify(Object.fromEntries(one)), 'two.yaml': JSON.stringify(Object.fromEntries(two)) }, { names: ['compose.yaml', 'two.yaml'] });
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
        expect(({} as { image?: unknown }).image).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { declaresResources, declaresService, editResources, movePidsLimit } from '@shared/domain/services/edit-resources';
import { clampToHost, PRESET_NAMES, PRESETS, presetOf } from '@shared/domain/services/presets';

const GIB = 1024 ** 3;

describe('presets', () => {
  it('are the values of the specification', () => {
    expect(PRESETS.current).toEqual({ reservedCpus: 0.5, reservedMemoryBytes: GIB / 2, cpus: 1, memoryBytes: GIB });
    expect(PRESETS.combined).toEqual({ reservedCpus: 1, reservedMemoryBytes: GIB, cpus: 2, memoryBytes: 2 * GIB });
  });

  it('are recognised in a definition', () => {
    const deploy = { placement: {}, resources: { limits: { cpus: 2, memory: String(2 * GIB) }, reservations: { cpus: 1, memory: String(GIB) } } };
    expect(presetOf({ deploy }).name).toBe('combined');
    expect(presetOf({ deploy: { placement: {}, resources: { ...deploy.resources, limits: { cpus: 3 } } } }).name).toBe('custom');
    expect(presetOf({}).name).toBe('none');
    expect(presetOf(undefined).name).toBe('none');
    expect(presetOf({ mem_limit: '1000' })).toMatchObject({ name: 'custom', memoryBytes: 1000 });
  });

  it('are lowered to a machine with a sentence that says so, and never raised', () => {
    const combined = { name: 'combined' as const, ...PRESETS.combined, notice: '' };
    expect(clampToHost(combined, { cpus: 1, memoryBytes: 8 * GIB })).toMatchObject({ cpus: 1, memoryBytes: 2 * GIB, notice: 'Lowered to what this machine has: 2 CPUs to 1 CPU. The file keeps the full value.' });
    expect(clampToHost(combined, { cpus: 2, memoryBytes: GIB }).notice).toContain('2 GiB of memory to 1 GiB');
    expect(clampToHost(combined, {})).toEqual(combined);
    fc.assert(
      fc.property(fc.constantFrom(...PRESET_NAMES), fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 1e12 }), (name, cpus, memoryBytes) => {
        const preset = { name, ...PRESETS[name], notice: '' };
        const clamped = clampToHost(preset, { cpus, memoryBytes });
        expect(clamped.cpus).toBe(Math.min(preset.cpus, cpus));
        expect(clamped.notice === '').toBe(clamped.cpus === preset.cpus && clamped.memoryBytes === preset.memoryBytes);
      }),
    );
  });
});

const BASE = `# shop
services:
  api: # the api
    image: shop   # base
    ports:
      - "8080:80"

  # the database
  db:
    image: pg
volumes: {}
`;

function edited(text: string, name: keyof typeof PRESETS, service = 'api'): string {
  const outcome = editResources(text, service, PRESETS[name]);
  expect(outcome).toMatchObject({ kind: 'edited' });
  return outcome.kind === 'edited' ? outcome.text : '';
}

describe('editing resources', () => {
  it('adds a block after the last entry of the service, and takes it out again to the byte', () => {
    const after = edited(BASE, 'combined');
    expect(after).toBe(
      BASE.replace('"8080:80"\n', '"8080:80"\n    deploy:\n      resources:\n        limits:\n          cpus: "2"\n          memory: 2G\n        reservations:\n          cpus: "1"\n          memory: 1G\n'),
    );
    expect(edited(edited(after, 'current'), 'none')).toBe(BASE);
  });

  it('changes values where they are and keeps the rest of the block', () => {
    const text = `services:\n  api:\n    image: shop\n    deploy:\n      replicas: 2 # two\n      resources:\n        limits:\n          pids: 5\n          cpus: '0.1' # slow\n        # why\n        reservations: { memory: 5M }\n    init: true\n`;
    const after = edited(text, 'current');
    expect(after).toContain(`cpus: '1' # slow\n          memory: 1G\n        # why\n        reservations: { memory: 512M, cpus: "0.5" }\n    init: true\n`);
    expect(edited(after, 'none')).toBe(`services:\n  api:\n    image: shop\n    deploy:\n      replicas: 2 # two\n      resources:\n        limits:\n          pids: 5\n        # why\n    init: true\n`);
  });

  it.each([
    ['one line', 'services: { api: { image: shop }, db: { image: pg } }\n'],
    ['one line in a block', 'services:\n  api: { image: shop } # short\n'],
    ['an empty deploy', 'services:\n  api:\n    deploy:\n    image: shop\n'],
    ['an empty deploy in braces', 'services:\n  api:\n    image: shop\n    deploy: {}\n'],
    ['no line break at the end', 'services:\n  api:\n    image: shop'],
    ['four spaces', 'services:\n    api:\n        image: shop\n'],
    ['Windows line ends', 'services:\r\n  api:\r\n    image: shop\r\n  db:\r\n    image: pg\r\n'],
    ['a block text at the end', 'services:\n  api:\n    image: shop\n    command: |\n      a\n      b\n\nvolumes: {}\n'],
  ])('handles %s', (_name, text) => {
    const after = edited(text, 'combined');
    expect((parse(after) as { services: { api: { deploy: unknown } } }).services.api.deploy).toEqual({ resources: { limits: { cpus: '2', memory: '2G' }, reservations: { cpus: '1', memory: '1G' } } });
    if (text.includes('\r\n')) expect(after.replace(/\r\n/g, '')).not.toContain('\n');
  });

  it.each([
    ['a shared anchor', 'services:\n  api: &api\n    image: shop\n  web: *api\n'],
    ['a merge that brings deploy', 'x-d: &d\n  deploy: { replicas: 2 }\nservices:\n  api:\n    <<: *d\n    image: shop\n'],
    ['an alias for deploy', 'x-d: &d { replicas: 2 }\nservices:\n  api:\n    image: shop\n    deploy: *d\n'],
    ['a variable', 'services:\n  api:\n    image: shop\n    deploy: { resources: { limits: { cpus: "${CPUS:-1}" } } }\n'],
    ['two documents', 'services:\n  api:\n    image: shop\n---\na: 1\n'],
    ['broken YAML', 'services: [\n'],
  ])('leaves %s to be done by hand', (_name, text) => {
    expect(editResources(text, 'api', PRESETS.combined)).toMatchObject({ kind: 'by-hand' });
  });

  it('takes older spellings of the same away, and tells that they are there', () => {
    const text = `services:\n  api:\n    mem_limit: 1g # old\n    image: shop\n    cpus: 0.5\n    pids_limit: 5\n`;
    expect(declaresResources(text, 'api')).toBe('with-it');
    expect(edited(text, 'none')).toBe('services:\n  api:\n    image: shop\n    pids_limit: 5\n');
    expect((parse(edited(text, 'combined')) as { services: { api: object } }).services.api).toEqual({ image: 'shop', deploy: { resources: { limits: { cpus: '2', memory: '2G', pids: 5 }, reservations: { cpus: '1', memory: '1G' } } } });
    expect((parse(edited(text, 'combined')) as { services: { api: object } }).services.api).not.toHaveProperty('mem_limit');
  });

  it('writes pids_limit beside the other limits, where the two may not differ, and keeps its value', () => {
    const text = 'services:\n  api:\n    image: shop\n    pids_limit: 100 # enough\n    init: true\n';
    expect(edited(text, 'current')).toBe('services:\n  api:\n    image: shop\n    init: true\n    deploy:\n      resources:\n        limits:\n          cpus: "1"\n          memory: 1G\n          pids: 100\n        reservations:\n          cpus: "0.5"\n          memory: 512M\n');
    expect(edited(edited(text, 'current'), 'none')).toBe('services:\n  api:\n    image: shop\n    init: true\n    deploy:\n      resources:\n        limits:\n          pids: 100\n');
    // A file that says nothing else of it gets only that.
    expect(movePidsLimit('services:\n  api:\n    pids_limit: "${PIDS:-100}"\n', 'api')).toEqual({ kind: 'edited', text: 'services:\n  api:\n    deploy:\n      resources:\n        limits:\n          pids: ${PIDS:-100}\n' });
    for (const agreed of ['services:\n  api:\n    pids_limit: 100\n    deploy: { resources: { limits: { pids: 100 } } }\n', BASE]) expect(movePidsLimit(agreed, 'api')).toEqual({ kind: 'edited', text: agreed });
    for (const odd of ['x-p: &p 100\nservices:\n  api:\n    pids_limit: *p\n', 'services:\n  api:\n    pids_limit:\n']) for (const outcome of [movePidsLimit(odd, 'api'), editResources(odd, 'api', PRESETS.current)]) expect(outcome).toMatchObject({ kind: 'by-hand' });
  });

  it('tells which files declare a service', () => {
    const declares = (text: string, service: string): string => declaresService(text, service, ['deploy', 'resources']);
    expect([declares(BASE, 'api'), declares(BASE, 'web'), declares(edited(BASE, 'current'), 'api'), declares('a: [', 'api')]).toEqual(['yes', 'no', 'with-it', 'no']);
  });

  it('keeps every other line of whatever file it changes', () => {
    const key = fc.constantFrom('image', 'command', 'labels', 'environment', 'init', 'deploy');
    const value = fc.oneof(
      fc.constantFrom('shop', 'true', '"a: b"', "'x # y'", '[a, b]', '{ a: 1 }', '|\n      text\n      more', '\n      a: 1 # note\n      b: 2', '\n      - x\n      - y', '', '~'),
    );
    const lines = fc.array(fc.tuple(key, value, fc.constantFrom('', ' # note', '\n', '\n    # own line')), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n'), fc.constantFrom(...PRESET_NAMES), fc.boolean(), (entries, newline, name, tail) => {
        const seen = new Set<string>();
        const body = entries
          .filter(([one]) => !seen.has(one) && seen.add(one) !== undefined)
          .map(([one, what, note]) => (one === 'deploy' ? `    deploy:\n      replicas: 1${note}` : `    ${one}: ${what}${what.includes('\n') && note === ' # note' ? '' : note}`))
          .join('\n');
        const text = `# head\nservices:\n  api:\n${body}\n${tail ? '  # next\n  db:\n    image: pg\n' : ''}`.replace(/\n/g, newline);
        const outcome = editResources(text, 'api', PRESETS[name]);
        if (outcome.kind === 'by-hand') return;
        const added = new Set(['deploy:', 'resources:', 'limits:', 'reservations:', 'cpus: "1"', 'cpus: "2"', 'cpus: "0.5"', 'memory: 1G', 'memory: 2G', 'memory: 512M']);
        const left = outcome.text.split(newline).filter((line) => !added.has(line.trim()));
        expect(left).toEqual(text.split(newline).filter((line) => !added.has(line.trim())));
        // Back to none is back to the start, where there was nothing before.
        const back = editResources(outcome.text, 'api', PRESETS.none);
        if (back.kind === 'edited') expect(back.text.replace(/(\r?\n)+$/, '')).toBe(text.replace(/(\r?\n)+$/, ''));
      }),
      { numRuns: 500 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE_BYTES_MAX, readManifests } from '@shared/domain/gitops/manifest/read-manifests';

const read = (text: string, path = 'app/file.yaml') => readManifests(new TextEncoder().encode(text), path);
const value = (text: string) => read(text).documents[0]?.value;
const scalar = (text: string) => (value(`a: ${text}\n`) as { readonly a: unknown }).a;

describe('scalars as Kubernetes reads them', () => {
  it.each([
    ['0644', 420],
    ['0o644', 420],
    ['0O17', 15],
    ['0888', 888],
    ['1_000', 1000],
    ['0x1F', 31],
    ['0b101', 5],
    ['-0x10', -16],
    ['+7', 7],
    ['1e3', 1000],
    ['1.', 1],
    ['.5', 0.5],
    ['6.02e-3', 0.00602],
    ['-0', 0],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01'],
    ['2001-12-14 21:59:43.10 -5', '2001-12-14 21:59:43.10 -5'],
    ['yes', true],
    ['on', true],
    ['y', true],
    ['Off', false],
    ['NO', false],
    ['n', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['Null', null],
    ['', null],
    ['"yes"', 'yes'],
    ["'0644'", '0644'],
    ['0x', '0x'],
    ['1e', '1e'],
    ['._5', '._5'],
    ['1.2.3', '1.2.3'],
    ['!!str 5', '5'],
    ['!!int "5"', 5],
    ['!own text', 'text'],
    ['!!binary aGk=', 'hi'],
  ])('%s is %j', (text, expected) => {
    expect(scalar(text)).toEqual(expected);
  });

  it('keeps the digits of whole numbers that JavaScript cannot hold, equal to nothing else', () => {
    expect(scalar('9223372036854775807')).toEqual({ $integer: '9223372036854775807' });
    expect(scalar('9223372036854775806')).toEqual({ $integer: '9223372036854775806' });
    expect(scalar('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(scalar('99999999999999999999999')).toBe(1e23);
  });

  it('makes texts of keys: n is "false", 1 is "1"', () => {
    expect(value('n: 1\n1: 2\nyes: 3\n')).toEqual({ false: 1, 1: 2, true: 3 });
  });

  it('takes JSON of any value as the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'), fc.jsonValue({ maxDepth: 3 })), (json) => {
        fc.pre(!/\d{16}|e\+/.test(JSON.stringify(json)));
        expect(value(JSON.stringify(json, null, 1)) ?? null).toEqual(JSON.parse(JSON.stringify(json, (_, one: unknown) => (Object.is(one, -0) ? 0 : one))));
      }),
      { numRuns: 300 },
    );
  });
});

describe('what stands in a file', () => {
  it('reads documents with their index and line, and passes over empty ones', () => {
    const file = read('# head\n---\n\napiVersion: v1\nkind: Pod\n---\n# nothing\n---\napiVersion: v1\nkind: Service\n...\n');
    expect(file.kind).toBe('manifests');
    expect(file.documents.map(({ index, item, line }) => ({ index, item, line }))).toEqual([
      { index: 0, item: null, line: 4 },
      { index: 2, item: null, line: 9 },
    ]);
  });

  it('takes the items of a List as documents of their own, with their lines', () => {
    const file = read('kind: List\napiVersion: v1\nmetadata: {items: [1]}\nitems:\n- apiVersion: v1\n  kind: Pod\n- {apiVersion: v1, kind: Secret}\n');
    expect(file.documents.map(({ item, line }) => [item, line])).toEqual([
      [0, 5],
      [1, 7],
    ]);
  });

  it('reads CRLF, a byte order mark, JSON, flow style and merged keys alike', () => {
    const plain = value('apiVersion: v1\nkind: ConfigMap\ndata:\n  a: "1"\n  b: x\n');
    expect(value('\ufeffapiVersion: v1\r\nkind: ConfigMap\r\ndata:\r\n  a: "1"\r\n  b: x\r\n')).toEqual(plain);
    expect(value('{"apiVersion": "v1",\n\t"kind": "ConfigMap", "data": {"a": "1", "b": "x"}}')).toEqual(plain);
    expect(value('---\n{\n  apiVersion: "v1",\n  kind: "ConfigMap",\n  data: {\n    a: "1",\n    b: "x",\n  },\n}\n')).toEqual(plain);
    expect(value('apiVersion: v1\nkind: ConfigMap\ndata:\n  <<: &base {a: "1", b: old}\n  b: x\n')).toEqual(plain);
  });

  it('gives a block text no line end that the file does not have', () => {
    expect(value('a: |\n  b\n  c')).toEqual({ a: 'b\nc' });
    expect(value('a: |\n  b\n  c\n')).toEqual({ a: 'b\nc\n' });
    expect(value('a: |\n  b\nc: 1')).toEqual({ a: 'b\n', c: 1 });
    expect(value('a: |\n  b\n# end')).toEqual({ a: 'b\n' });
  });

  it.each([
    ['kustomization.yaml', 'resources: [a.yaml]', 'kustomization'],
    ['Chart.yaml', 'name: x\nversion: 1.0.0', 'helm-chart'],
    ['values-prod.yaml', 'replicas: 1', 'helm-values'],
    ['docker-compose.prod.yml', 'services: {web: {image: nginx}}', 'compose'],
    ['stack.yml', 'services: {web: {build: .}}', 'compose'],
    ['chart/templates/x.yaml', 'a: {{ .Values.a }}', 'template'],
    ['x.yaml', 'a: {{ .Values.a }}\nb: 1', 'template'],
    ['x.yaml.j2', 'a: 1', 'template'],
    ['alerts.yaml', 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\nspec: {text: "{{ $labels.pod }}"}', 'manifests'],
    ['secret.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nsops: {mac: x, version: 3.8.1}', 'encrypted'],
    ['secret.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}', 'encrypted'],
    ['vault.yaml', '$ANSIBLE_VAULT;1.1;AES256\n6162', 'encrypted'],
    ['patch.yaml', '- op: replace\n  path: /spec/replicas\n  value: 2', 'patch'],
    ['patch.yaml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {$patch: delete}', 'patch'],
    ['x.yaml', '# only this\n', 'empty'],
    ['x.yaml', 'a: 1', 'other'],
    ['x.yaml', 'a: [1', 'unparseable'],
  ])('%s with %j is %s', (path, text, kind) => {
    const file = read(text, path);
    expect(file.kind).toBe(kind);
    expect(file.reason === null).toBe(kind === 'manifests' || kind === 'compose');
  });
});

describe('hostile files', () => {
  it('says the line of a key that is written twice', () => {
    expect(read('a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n').problem).toMatchObject({ line: 5 });
  });

  it('keeps __proto__ as a key of its own', () => {
    const made = value('__proto__: {polluted: true}\n') as object;
    expect(Object.keys(made)).toEqual(['__proto__']);
    expect((made as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(100_000)],
    ['dashes', '- '.repeat(50_000)],
    ['a bomb of aliases', ['a: &a [x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 24 }, (_, at) => `${'b'.repeat(at + 1)}: &${'b'.repeat(at + 1)} [${`*${at === 0 ? 'a' : 'b'.repeat(at)},`.repeat(9)}]`)].join('\n')],
    ['a long text under many aliases', `a: &a ${'x'.repeat(1_000_000)}\nb: [${'*a,'.repeat(9000)}]`],
    ['a circle', 'a: &a [*a]'],
    ['infinity', 'a: .inf'],
    ['an unknown alias', 'a: *b'],
  ])('%s: refused at once, with a line', (_, text) => {
    const started = performance.now();
    const file = read(text);
    expect(file.kind).toBe('unparseable');
    expect(file.problem?.line).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('tells of sizes, NUL bytes and other encodings', () => {
    expect(readManifests(new Uint8Array(FILE_BYTES_MAX + 1).fill(32), 'a.yaml').reason).toContain('larger than 5 MB');
    expect(readManifests(Uint8Array.from([97, 10, 0]), 'a.yaml').problem?.line).toBe(2);
    expect(readManifests(Uint8Array.from([0xff, 0xfe, 97]), 'a.yaml').reason).toContain('UTF-8');
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', ': ', '- ', '\n', '  ', '{', '}', '[', ']', '&a ', '*a', '<<', '"', "'", '|', '>', '---\n', '!!int ', '# ', '\t', ',', '?', '0x1', '.inf'), { maxLength: 40 }), (parts) => {
        read(parts.join(''));
      }),
      { numRuns: 2000 },
    );
  });
});

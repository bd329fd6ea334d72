import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editYaml, type YamlEdit } from '@shared/domain/yaml/edit-yaml';

const FILE = `# the shop
services:
  api:   # front door
    image: "shop/api:1"
    depends_on:
      - db   # data first
      - cache
    ports: ["8000:80", '8001:81']
    volumes:
      # the source
      - ./src:/app/src
      - data:/data

  db:
    image: 'postgres:16'
    environment: { POSTGRES_DB: shop, PORT: "\${DB_PORT:-5432}" }
    healthcheck:
      test: [CMD, pg_isready]

  cache: {}
volumes:
  data:
networks:
  # one for all
  default:
    name: shop-net
`;

function edited(edits: readonly YamlEdit[], text = FILE): string {
  const outcome = editYaml(text, edits);
  if (outcome.kind === 'by-hand') throw new Error(outcome.reason);
  return outcome.text;
}

/** Lines of the one that the other has not, and the reverse. */
function changedLines(before: string, after: string): { readonly gone: readonly string[]; readonly added: readonly string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return { gone: old.filter((line) => !now.includes(line)), added: now.filter((line) => !old.includes(line)) };
}

describe('editYaml', () => {
  it('sets a scalar in its own quotes', () => {
    expect(changedLines(FILE, edited([{ kind: 'set', path: ['services', 'api', 'image'], value: 'shop/api:2' }]))).toEqual({ gone: ['    image: "shop/api:1"'], added: ['    image: "shop/api:2"'] });
    expect(edited([{ kind: 'set', path: ['services', 'db', 'image'], value: 'postgres:17' }])).toContain("image: 'postgres:17'");
    expect(edited([{ kind: 'set', path: ['services', 'api', 'ports', 0], value: '9000:80' }])).toContain(`["9000:80", '8001:81']`);
  });

  it('writes what is missing below the last entry, in the indentation of the file', () => {
    const after = edited([{ kind: 'set', path: ['services', 'api', 'healthcheck'], value: { test: ['CMD-SHELL', 'wget -q -O /dev/null http://127.0.0.1:80/ || exit 1'], interval: '10s', retries: 3 } }]);
    expect(changedLines(FILE, after).gone).toEqual([]);
    expect(after).toContain('      - data:/data\n    healthcheck:\n      test: [CMD-SHELL, "wget -q -O /dev/null http://127.0.0.1:80/ || exit 1"]\n      interval: 10s\n      retries: 3\n\n  db:');
  });

  it('replaces a block by a block and a list on one line by another', () => {
    expect(edited([{ kind: 'set', path: ['services', 'db', 'healthcheck'], value: { test: ['NONE'] } }])).toContain('    healthcheck:\n      test: [NONE]\n\n  cache');
    expect(edited([{ kind: 'set', path: ['services', 'db', 'healthcheck', 'test'], value: ['CMD', 'true'] }])).toContain('      test: [CMD, "true"]');
  });

  it('turns the short depends_on into the long form and keeps its comment', () => {
    const after = edited([{ kind: 'key', path: ['services', 'api', 'depends_on'], value: { condition: 'service_healthy' } }]);
    expect(after).toContain('    depends_on:\n      db:   # data first\n        condition: service_healthy\n      cache:\n        condition: service_healthy\n    ports');
  });

  it('takes out items, entries, and what has nothing left', () => {
    expect(changedLines(FILE, edited([{ kind: 'remove', path: ['services', 'api', 'volumes', 1] }]))).toEqual({ gone: ['      - data:/data'], added: [] });
    expect(edited([{ kind: 'remove', path: ['services', 'api', 'ports', 0] }])).toContain(`ports: ['8001:81']`);
    expect(edited([{ kind: 'remove', path: ['services', 'db', 'healthcheck', 'test'], upTo: 3 }])).not.toContain('healthcheck');
    expect(editYaml(FILE, [{ kind: 'remove', path: ['services', 'db', 'healthcheck', 'test'] }]).kind).toBe('by-hand');
  });

  it('renames and appends', () => {
    expect(changedLines(FILE, edited([{ kind: 'rename', path: ['networks', 'default'], to: 'shop' }]))).toEqual({ gone: ['  default:'], added: ['  shop:'] });
    expect(edited([{ kind: 'append', path: ['services', 'api', 'volumes'], value: './x:/x' }])).toContain('      - data:/data\n      - ./x:/x\n\n  db');
    expect(edited([{ kind: 'append', path: ['services', 'cache', 'ports'], value: '6379' }])).toContain('cache: { ports: ["6379"] }');
  });

  it('leaves to a person what it cannot do alone', () => {
    expect(editYaml(FILE, [{ kind: 'set', path: ['services', 'db', 'environment', 'PORT'], value: '1' }])).toEqual({ kind: 'by-hand', reason: 'A variable decides services.db.environment.PORT: set it where the variable comes from.' });
    const shared = 'x-common: &common\n  restart: always\nservices:\n  a: *common\n  b:\n    <<: *common\n';
    expect(editYaml(shared, [{ kind: 'set', path: ['services', 'a', 'restart'], value: 'no' }]).kind).toBe('by-hand');
    expect(editYaml(shared, [{ kind: 'set', path: ['x-common', 'restart'], value: 'no' }]).kind).toBe('by-hand');
    expect(editYaml(shared, [{ kind: 'set', path: ['services', 'b', 'restart'], value: 'no' }])).toMatchObject({ kind: 'edited' });
    expect(editYaml('a: [', [{ kind: 'set', path: ['a'], value: 1 }]).kind).toBe('by-hand');
  });

  it('keeps line ends and a missing last one', () => {
    const crlf = 'services:\r\n  a:\r\n    image: x\r\n';
    expect(edited([{ kind: 'set', path: ['services', 'a', 'restart'], value: 'always' }], crlf)).toBe('services:\r\n  a:\r\n    image: x\r\n    restart: always\r\n');
    expect(edited([{ kind: 'set', path: ['services', 'a', 'restart'], value: 'always' }], 'services:\n  a:\n    image: x')).toBe('services:\n  a:\n    image: x\n    restart: always');
  });

  const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/);
  const scalar = fc.oneof(fc.string({ maxLength: 12 }), fc.integer(), fc.boolean(), word, fc.constantFrom('no', '22:22', '1e3', 'a: b', 'a #b', '- x', '{', '${X:-1}', "it's"));
  const value = fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 3 }), fc.dictionary(word, scalar, { minKeys: 1, maxKeys: 3 }), fc.array(fc.dictionary(word, scalar, { minKeys: 1, maxKeys: 2 }), { minLength: 1, maxLength: 2 }));
  const path = fc.constantFrom(['services', 'api', 'image'], ['services', 'api', 'depends_on'], ['services', 'db', 'healthcheck'], ['services', 'cache', 'labels'], ['services', 'new', 'image'], ['volumes', 'data'], ['networks', 'default', 'name'], ['services', 'api', 'volumes', 0], ['services', 'api', 'ports']);

  it('means exactly what was asked for, whatever the value', () => {
    fc.assert(
      fc.property(path, value, (at, wanted) => {
        const after = edited([{ kind: 'set', path: at, value: wanted }]);
        const found = at.reduce<unknown>((node, key) => (node as { [key: string]: unknown })[key], parse(after, { merge: true }));
        expect(JSON.stringify(found)).toBe(JSON.stringify(wanted));
      }),
    );
  });

  it('touches no line that is not part of what changes', () => {
    fc.assert(
      fc.property(path, value, (at, wanted) => {
        const after = edited([{ kind: 'set', path: at, value: wanted }]);
        for (const line of ['# the shop', '  api:   # front door', '    environment: { POSTGRES_DB: shop, PORT: "${DB_PORT:-5432}" }', '  # one for all']) expect(after.split('\n')).toContain(line);
      }),
    );
  });
});

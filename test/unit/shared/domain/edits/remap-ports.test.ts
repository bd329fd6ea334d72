import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movePointers, movePointersInCompose } from '@shared/domain/checks/port-pointers';
import type { ComposeModel } from '@shared/domain/compose/model';
import { firstDifference } from '@shared/domain/edits/model-difference';
import { movedPort, portMovesOf, remappedModel, remapPorts } from '@shared/domain/edits/remap-ports';

const shift = { offset: 1000, services: [] };
const moved = (item: string, isSet: (name: string) => boolean = () => false, services: readonly string[] = []) => {
  const { outcome, variables } = remapPorts(`services:\n  a:\n    ports:\n      ${item}\n`, { offset: 1000, services }, isSet);
  return outcome.kind === 'by-hand' ? outcome.reason : `${outcome.text.split('\n')[3]?.trim() ?? ''}${variables.size === 0 ? '' : ` <${[...variables].join()}>`}`;
};

describe('remapPorts', () => {
  it.each([
    ['- "8001:80" # web', '- "9001:80" # web'],
    ['- 8001:80', '- 9001:80'],
    ["- '127.0.0.1:8001:80/udp'", "- '127.0.0.1:9001:80/udp'"],
    ['- "[::1]:8001:80"', '- "[::1]:9001:80"'],
    ['- "8000-8002:80-82"', '- "9000-9002:80-82"'],
    ['- "8000-8010:80"', '- "9000-9010:80"'],
    ['- "80"', '- "80"'],
    ['- 80', '- 80'],
    ['- "127.0.0.1::80"', '- "127.0.0.1::80"'],
    ['- "0:80"', '- "0:80"'],
    ['- { target: 80, published: 8001 }', '- { target: 80, published: 9001 }'],
    ['- { target: 80, published: "8001-8003" }', '- { target: 80, published: "9001-9003" }'],
    ['- "${PORT:-8001}:80"', '- "${PORT:-9001}:80"'],
    ['- "${PORT-8001}:80"', '- "${PORT-9001}:80"'],
  ])('%s', (item, expected) => expect(moved(item)).toBe(expected));

  it('leaves a port to the variable that decides it, and names it', () => {
    expect(moved('- "${PORT}:80"', () => true)).toBe('- "${PORT}:80" <PORT>');
    expect(moved('- "$PORT:80"', () => true)).toBe('- "$PORT:80" <PORT>');
    expect(moved('- "${PORT:-8001}:80"', () => true)).toBe('- "${PORT:-8001}:80" <PORT>');
    expect(moved('- "${PORT:?no port}:80"', () => true)).toBe('- "${PORT:?no port}:80" <PORT>');
    expect(moved('- "${A}-${B}:80-81"', () => true)).toBe('- "${A}-${B}:80-81" <A,B>');
    expect(moved('- "${PORT}:80"')).toContain('PORT, which no file sets');
    expect(moved('- "80${N}:80"')).toContain('put together from variables');
  });

  it('moves only the services that are named, and refuses what is no port', () => {
    expect(moved('- "8001:80"', () => false, ['b'])).toBe('- "8001:80"');
    expect(moved('- "65000:80"')).toBe('Port 65000 plus 1000 is no port.');
  });

  it('there and back again gives every byte back', () => {
    const port = fc.integer({ min: 1, max: 60_000 });
    const item = fc.oneof(
      fc.tuple(port, fc.constantFrom('"', "'")).map(([one, quote]) => `- ${quote}${String(one)}:80${quote}`),
      fc.tuple(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 99 })).map(([one, more]) => `- "${String(one)}-${String(one + more)}:1-${String(more + 1)}"   # a range`),
      port.map((one) => `- { target: 80, published: ${String(one)}, protocol: tcp }`),
      port.map((one) => `- "\${P:-${String(one)}}:80"`),
    );
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 5000 }), (items, offset) => {
        const text = `services:\n  a:\n    image: "x:8001" # 8001\n    ports:\n${items.map((one) => `      ${one}\n`).join('')}    environment: { A: "8001" }\n`;
        const there = remapPorts(text, { offset, services: [] }, () => false).outcome;
        if (there.kind === 'by-hand') throw new Error(there.reason);
        expect(there.text).not.toBe(text);
        expect(remapPorts(there.text, { offset: -offset, services: [] }, () => false).outcome).toEqual({ kind: 'edited', text });
      }),
    );
  });
});

describe('what points to a port', () => {
  const moves = new Map([[8001, 9001], [9001, 10_001]]);
  it.each([
    ['http://localhost:8001/a', 'http://localhost:9001/a'],
    ['http://127.0.0.1:8001,http://host.docker.internal:9001', 'http://127.0.0.1:9001,http://host.docker.internal:10001'],
    ['http://[::1]:8001', 'http://[::1]:9001'],
    ['http://api:8001', 'http://api:8001'],
    ['http://mylocalhost:8001', 'http://mylocalhost:8001'],
    ['http://not-localhost:8001', 'http://not-localhost:8001'],
    ['http://localhost:80010', 'http://localhost:80010'],
    ['8001', '8001'],
  ])('%s', (value, expected) => expect(movePointers(value, moves)).toBe(expected));

  it('is moved in environments only', () => {
    const text = 'services:\n  a:\n    environment:\n      - API=http://localhost:8001\n    command: [curl, "http://localhost:8001"]\n';
    expect(movePointersInCompose(text, moves)).toEqual({ kind: 'edited', text: text.replace('API=http://localhost:8001', 'API=http://localhost:9001') });
  });
});

const model = (services: { readonly [name: string]: { readonly published?: string; readonly environment?: { readonly [name: string]: string } } }): ComposeModel => ({
  name: 'p',
  networks: {},
  volumes: {},
  secrets: {},
  configs: {},
  services: Object.fromEntries(
    Object.entries(services).map(([name, { published, environment }]) => [name, { command: null, entrypoint: null, ...(published === undefined ? {} : { ports: [{ target: 80, published, protocol: 'tcp' }] }), ...(environment === undefined ? {} : { environment }) }]),
  ),
});

describe('the model afterwards', () => {
  it('has the new ports and values, and nothing else', () => {
    const before = model({ a: { published: '8001', environment: { URL: 'http://localhost:8001', X: '8001' } }, b: { published: '9001-9002' } });
    const moves = portMovesOf([before], shift);
    expect([...moves]).toEqual([[8001, 9001], [9001, 10_001], [9002, 10_002]]);
    const after = remappedModel(before, shift, moves);
    expect(after).toEqual(model({ a: { published: '9001', environment: { URL: 'http://localhost:9001', X: '8001' } }, b: { published: '10001-10002' } }));
    expect(firstDifference(before, after)).toEqual(['services', 'a', 'ports', '0', 'published']);
    expect(firstDifference(after, JSON.parse(JSON.stringify(after)))).toBeUndefined();
  });
  it('leaves values alone that may point to somebody who keeps the port', () => {
    const before = model({ a: { published: '8001' }, b: { published: '8001' } });
    expect(portMovesOf([before], { offset: 1000, services: ['a'] }).size).toBe(0);
  });
  it('moves single ports and ranges, and leaves what is neither', () => {
    expect(['8001', '8001-8002', '', '0'].map((one) => movedPort(one, 5))).toEqual(['8006', '8006-8007', '', '0']);
  });
});

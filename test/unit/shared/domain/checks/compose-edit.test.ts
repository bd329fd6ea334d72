import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editCompose, editEnv, type FileEdit } from '@shared/domain/checks/compose-edit';

const at = (text: string, needle: string) => {
  const offset = text.indexOf(needle);
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
};
const edit = (text: string, needle: string, change: FileEdit, write?: (path: string) => string) => {
  const outcome = editCompose(text, at(text, needle), change, write);
  return outcome.kind === 'edited' ? outcome.text : outcome;
};
const port = (from: number, to: number): FileEdit => ({ kind: 'set-host-port', service: 'a', index: 0, from, to });
const ip: FileEdit = { kind: 'set-host-ip', service: 'a', index: 0, to: '127.0.0.1' };
const readOnly: FileEdit = { kind: 'set-read-only', service: 'a', index: 0 };
const source = (from: string, to: string): FileEdit => ({ kind: 'set-source', service: 'a', index: 0, from, to });

describe('changing both sides of a mount', () => {
  const move: FileEdit = { kind: 'move-mount', service: 'a', index: 0, from: './old', to: './core/old', targetFrom: '/app/old', targetTo: '/app/core/old' };
  it.each([
    ['- ./old:/app/old # x', './old', '- ./core/old:/app/core/old # x'],
    ['- "./old/:/app/old/:ro"', '"./old', '- "./core/old:/app/core/old:ro"'],
    ['- { type: bind, source: ./old, target: /app/old }', '{', '- { type: bind, source: ./core/old, target: /app/core/old }'],
    ['- target: "/app/old"\n  source: ./old # s', 'target', '- target: /app/core/old\n  source: ./core/old # s'],
  ])('%s', (text, needle, expected) => expect(edit(text, needle, move)).toBe(expected));
  it('is done whole or not at all', () => {
    for (const text of ['- ./old:/app/other', '- ./other:/app/old', '- ./old:${TARGET}', '- ./old']) expect(edit(text, '.', move)).toMatchObject({ kind: 'by-hand' });
  });
});

describe('changing a port where it is written', () => {
  it.each([
    ['- "8001:3003"  # the api', '"8001', '- "8002:3003"  # the api'],
    ["- '127.0.0.1:8001:8001'", "'127", "- '127.0.0.1:8002:8001'"],
    ['- 8001:3003', '8001', '- 8002:3003'],
    ['- "[::1]:8001:80/udp"', '"[', '- "[::1]:8002:80/udp"'],
    ['- "${PORT:-8001}:80"', '"$', '- "${PORT:-8002}:80"'],
    ['- ${PORT-8001}:80', '${', '- ${PORT-8002}:80'],
  ])('%s', (line, needle, expected) => {
    const text = `# head\nservices:\n  a:\n    ports:\n      ${line}\n      - "9000:9000"\n# tail\n`;
    expect(edit(text, needle, port(8001, 8002))).toBe(`# head\nservices:\n  a:\n    ports:\n      ${expected}\n      - "9000:9000"\n# tail\n`);
  });
  it('in flow and long form, and with CRLF', () => {
    expect(edit('ports: ["8001:80", "8001:81"]\n', '"8001:81"', port(8001, 8003))).toBe('ports: ["8001:80", "8003:81"]\n');
    expect(edit('ports:\r\n  - target: 80\r\n    published: 8001 # x\r\n', 'target', port(8001, 8002))).toBe('ports:\r\n  - target: 80\r\n    published: 8002 # x\r\n');
    expect(edit('ports: [{target: 80, published: "8001"}]', '{target', port(8001, 8002))).toBe('ports: [{target: 80, published: "8002"}]');
  });
  it('names the variable that decides, and leaves ranges and strangers alone', () => {
    expect(edit('- "${PORT}:80"', '"', port(8001, 8002))).toEqual({ kind: 'variable', name: 'PORT' });
    expect(edit('- "$PORT:80"', '"', port(8001, 8002))).toEqual({ kind: 'variable', name: 'PORT' });
    expect(edit('- "8000-8010:8000-8010"', '"', port(8001, 8012))).toMatchObject({ kind: 'by-hand' });
    expect(edit('- "9999:80"', '"', port(8001, 8002))).toMatchObject({ kind: 'by-hand' });
    expect(edit('- *anchor', '*', port(8001, 8002))).toMatchObject({ kind: 'by-hand' });
    expect(editCompose('a: 1', { line: 40, column: 1 }, port(1, 2))).toMatchObject({ kind: 'by-hand' });
    expect(editCompose(`${'['.repeat(5000)}`, { line: 1, column: 1 }, port(1, 2))).toMatchObject({ kind: 'by-hand' });
  });
  it('every byte outside the port stays, and the result means the new port', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ host: fc.integer({ min: 1, max: 65_535 }), quote: fc.constantFrom('', '"', "'"), ip: fc.constantFrom('', '127.0.0.1:', '0.0.0.0:'), comment: fc.constantFrom('', ' # a: "b"', '   #') }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 65_535 }),
        fc.constantFrom('\n', '\r\n'),
        (ports, pick, to, newline) => {
          const index = pick % ports.length;
          const lines = ports.map((one) => `      - ${one.quote}${one.ip}${one.host}:80${one.quote}${one.comment}`);
          const text = ['services:', '  a:', '    ports:', ...lines, '    image: x', ''].join(newline);
          const target = ports[index];
          if (target === undefined) return;
          const outcome = editCompose(text, { line: 4 + index, column: 9 }, port(target.host, to));
          const expected = [...lines];
          expected[index] = `      - ${target.quote}${target.ip}${to}:80${target.quote}${target.comment}`;
          expect(outcome).toEqual({ kind: 'edited', text: ['services:', '  a:', '    ports:', ...expected, '    image: x', ''].join(newline) });
        },
      ),
    );
  });
});

describe('other changes', () => {
  it('publishes on loopback', () => {
    expect(edit('- "8001:80"', '"', ip)).toBe('- "127.0.0.1:8001:80"');
    expect(edit('- "0.0.0.0:8001:80"', '"', ip)).toBe('- "127.0.0.1:8001:80"');
    expect(edit('- "${IP}:8001:80"', '"', ip)).toEqual({ kind: 'variable', name: 'IP' });
    const long = 'a:\n  ports:\n    - target: 80\n      published: "8001" # web\n      protocol: tcp\n';
    const changed = edit(long, 'target', ip);
    expect(changed).toBe('a:\n  ports:\n    - target: 80\n      published: "8001" # web\n      host_ip: 127.0.0.1\n      protocol: tcp\n');
    expect(edit('- {target: 80, published: 8001}', '{', ip)).toBe('- {target: 80, published: 8001, host_ip: 127.0.0.1}');
    // `published` as the first key stands behind the dash, the new key below it.
    expect(parse(String(edit('p:\n  - published: 8001\n    target: 80\n', 'published', ip)))).toEqual({ p: [{ published: 8001, host_ip: '127.0.0.1', target: 80 }] });
    expect(edit('p:\n  - published: 8001', 'published', ip)).toBe('p:\n  - published: 8001\n    host_ip: 127.0.0.1');
  });
  it('mounts read-only', () => {
    expect(edit('- ./a.conf:/etc/a.conf', './', readOnly)).toBe('- ./a.conf:/etc/a.conf:ro');
    expect(edit('- "./a.conf:/etc/a.conf:rw,z"', '"', readOnly)).toBe('- "./a.conf:/etc/a.conf:z,ro"');
    expect(edit('- type: bind\n  target: /a\n  read_only: false\n', 'type', readOnly)).toBe('- type: bind\n  target: /a\n  read_only: true\n');
  });
  it('writes another source', () => {
    const write = (path: string) => path.replace('/p/', './');
    expect(edit('- ./Src:/app # c', './', source('/p/Src', '/p/src'), write)).toBe('- ./src:/app # c');
    expect(edit('- "./Src/:/app:ro"', '"', source('/p/Src', '/srv/x'), write)).toBe('- "/srv/x:/app:ro"');
    expect(edit('- ${SRC}:/app', '$', source('/p/Src', '/p/src'), write)).toMatchObject({ kind: 'by-hand' });
    expect(edit('- type: bind\n  source: ./Src\n  target: /a\n', 'type', source('/p/Src', '/p/my src'), write)).toBe('- type: bind\n  source: "./my src"\n  target: /a\n');
  });
  it('changes a variable in an .env file', () => {
    expect(editEnv('A=1\nexport PORT="8001" # web\nB=8001\n', 'PORT', '8001', '8002')).toBe('A=1\nexport PORT="8002" # web\nB=8001\n');
    expect(editEnv('PORT=8001\r\n', 'PORT', '8001', '8002')).toBe('PORT=8002\r\n');
    expect(editEnv('XPORT=8001\nPORT=80010\n', 'PORT', '8001', '8002')).toBeUndefined();
  });
});

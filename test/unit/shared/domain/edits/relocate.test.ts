import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relativeTo, resolveFrom } from '@shared/domain/edits/paths';
import { movedTarget, placeAfter, relocate, type Relocation } from '@shared/domain/edits/relocate';

const into: Relocation = { from: '/p/automation', to: '/p/micro/automation' };
function relocated(text: string, more: { readonly move?: Relocation; readonly context?: string; readonly targets?: Relocation } = {}): string {
  const outcome = relocate(text, { baseDir: '/p', contextOf: () => more.context, moved: (path) => placeAfter(path, more.move ?? into), targets: more.targets ?? null });
  if (outcome.kind === 'by-hand') throw new Error(outcome.reason);
  return outcome.text;
}

describe('relocate', () => {
  it('writes every path of the moved folder anew, as it was written', () => {
    const text = `include:
  - automation/more.yaml
services:
  a:
    build:
      context: ./automation   # here
      dockerfile: Dockerfile
      additional_contexts: { lib: ./automation/lib, img: docker-image://x }
    volumes:
      - ./automation/src/:/app/src:ro
      - automation:/data
      - /p/automation/abs:/abs
      - { type: bind, source: ./automation/x, target: /x }
      - { type: volume, source: automation, target: /v }
    env_file: [automation/.env, ./other.env]
    environment: { P: ./automation }
  b:
    build: automation
    env_file: { path: ./automation/b.env }
configs:
  c: { file: "./automation/c.conf" }
`;
    expect(relocated(text, { context: '/p/automation' })).toBe(`include:
  - micro/automation/more.yaml
services:
  a:
    build:
      context: ./micro/automation   # here
      dockerfile: Dockerfile
      additional_contexts: { lib: ./micro/automation/lib, img: docker-image://x }
    volumes:
      - ./micro/automation/src/:/app/src:ro
      - automation:/data
      - /p/micro/automation/abs:/abs
      - { type: bind, source: ./micro/automation/x, target: /x }
      - { type: volume, source: automation, target: /v }
    env_file: [micro/automation/.env, ./other.env]
    environment: { P: ./automation }
  b:
    build: micro/automation
    env_file: { path: ./micro/automation/b.env }
configs:
  c: { file: "./micro/automation/c.conf" }
`);
  });

  it('follows a Dockerfile from outside into the folder, and from inside out of it', () => {
    const text = (dockerfile: string): string => `services:\n  a:\n    build: { context: ., dockerfile: ${dockerfile} }\n`;
    expect(relocated(text('automation/Dockerfile'), { context: '/p' })).toBe(text('micro/automation/Dockerfile'));
    const inside = 'services:\n  a:\n    build: { context: automation, dockerfile: ../docker/a.Dockerfile }\n';
    expect(relocated(inside, { context: '/p/automation' })).toContain('{ context: micro/automation, dockerfile: ../../docker/a.Dockerfile }');
  });

  it('changes paths inside containers only when that is asked for', () => {
    const move = { from: '/p/ai-brain/orchestration', to: '/p/ai-brain/core/orchestration' };
    const text = 'services:\n  a:\n    volumes: ["./ai-brain/orchestration:/app/orchestration"]\n';
    expect(relocated(text, { move })).toContain('"./ai-brain/core/orchestration:/app/orchestration"');
    const targets = { from: 'ai-brain/orchestration', to: 'ai-brain/core/orchestration' };
    expect(relocated(text, { move, targets })).toContain('"./ai-brain/core/orchestration:/app/core/orchestration"');
    expect(movedTarget('/app/orchestration/src', targets)).toBe('/app/core/orchestration/src');
    expect(movedTarget('/app/orchestrations', targets)).toBe('/app/orchestrations');
  });

  it('there and back again gives every byte back', () => {
    const name = fc.constantFrom('a', 'b', 'src', 'automation', 'micro');
    const path = fc.array(name, { minLength: 0, maxLength: 3 }).map((parts) => ['', 'automation', ...parts].join('/'));
    fc.assert(
      fc.property(fc.array(fc.tuple(path, fc.constantFrom('.', '/p'), fc.constantFrom('"', "'", '')), { minLength: 1, maxLength: 5 }), (mounts) => {
        const text = `services:\n  a:\n    volumes:\n${mounts.map(([one, start, quote], index) => `      - ${quote}${start}${one}:/t${String(index)}${quote} # ${one}\n`).join('')}`;
        const there = relocated(text);
        expect(there).not.toBe(text);
        expect(relocated(there, { move: { from: into.to, to: into.from } })).toBe(text);
      }),
    );
  });
});

describe('paths as texts', () => {
  it('lead from a folder to a path and back', () => {
    const part = fc.constantFrom('a', 'b', 'c');
    const absolute = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(absolute, absolute, (folder, path) => {
        expect(resolveFrom(folder, relativeTo(folder, path))).toBe(path);
      }),
    );
    expect([resolveFrom('/a/b', '../c/./d/'), resolveFrom('/a', '/x/../y'), resolveFrom('C:\\a', 'b\\c')]).toEqual(['/a/c/d', '/y', 'C:/a/b/c']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildError } from '@shared/domain/engine/build-error';
import { buildInputs } from '@shared/domain/engine/build-inputs';
import { baseImagesOf, instructionsOf } from '@shared/domain/engine/dockerfile-lines';
import { contextSource, isStageName, ownLine, withNamedContexts } from '@shared/domain/engine/named-contexts';

describe('further contexts of a build', () => {
  it('are folders, images and services; addresses and layouts are not taken', () => {
    expect(contextSource('/p/shared')).toEqual({ kind: 'folder', dir: '/p/shared' });
    expect(contextSource('C:\\p\\shared')).toEqual({ kind: 'folder', dir: 'C:\\p\\shared' });
    expect(contextSource('docker-image://alpine:3')).toEqual({ kind: 'image', reference: 'alpine:3' });
    expect(contextSource('service:base')).toEqual({ kind: 'service', service: 'base' });
    for (const value of ['https://example.org/a.git', 'git@github.com:a/b.git', 'ssh://git@h/a', 'oci-layout:///x', 'target:base', 'github.com/a/b']) expect(contextSource(value).kind, value).toBe('unsupported');
  });

  it('need the name of a stage', () => {
    for (const name of ['base', 'My-lib', 'a.b_c-1']) expect(isStageName(name)).toBe(true);
    for (const name of ['', '1a', 'alpine:3', 'a/b', 'a b', 'scratch', 'x\nRUN y']) expect(isStageName(name)).toBe(false);
  });

  it('are stages before the first one, behind directives and global arguments', () => {
    const made = withNamedContexts('# syntax=x\nARG BASE=a\n\nFROM ${BASE}\nCOPY --from=lib /a /b\n', [{ name: 'lib', reference: 'shop-web:context' }]);
    expect(made).toEqual({ ok: true, text: '# syntax=x\nARG BASE=a\n\nFROM shop-web:context AS lib\nFROM ${BASE}\nCOPY --from=lib /a /b\n', added: { before: 4, count: 1 } });
  });

  it('are refused, with the line, where a stage has the name or stages are counted', () => {
    const contexts = [{ name: 'lib', reference: 'x' }];
    expect(withNamedContexts('FROM a\nFROM b AS LIB\n', contexts)).toMatchObject({ ok: false, line: 2 });
    expect(withNamedContexts('FROM a\nFROM b\nCOPY --from=0 /a /b\n', contexts)).toMatchObject({ ok: false, line: 3 });
    expect(withNamedContexts('FROM a\nFROM b\nRUN --mount=type=bind,from=0,target=/x true\n', contexts)).toMatchObject({ ok: false, line: 3 });
    expect(withNamedContexts('FROM a\nRUN --mount=type=bind,from=lib echo from=0\n', contexts)).toMatchObject({ ok: true });
  });

  it('move no line of an error, and leave every instruction of the file as it is', () => {
    const words = fc.constantFrom('FROM a', 'FROM b AS two', 'RUN x \\\n  && y', '# c', '', 'ARG Z=1', 'COPY --from=lib a b');
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (lines, count) => {
        const text = lines.join('\n');
        const made = withNamedContexts(text, Array.from({ length: count }, (_one, index) => ({ name: `c${String(index)}`, reference: 'img' })));
        if (!made.ok) throw new Error(made.reason);
        const own = instructionsOf(text);
        const back = instructionsOf(made.text).filter((one) => !/^FROM img AS c\d$/.test(one.text)).map((one) => ({ line: ownLine(one.line, made.added), text: one.text }));
        expect(back).toEqual(own.map(({ line, text: said }) => ({ line, text: said })));
      }),
    );
  });

  it('are no base images, and errors have the line of the file', () => {
    const made = withNamedContexts('FROM lib\nRUN false\n', [{ name: 'lib', reference: 'x:1' }]);
    if (!made.ok) throw new Error(made.reason);
    expect(baseImagesOf(made.text)).toEqual(['x:1']);
    expect(buildError({ file: '/p/Dockerfile', text: made.text, added: made.added }, { message: 'dockerfile parse error on line 3: unknown instruction' }, [])).toMatchObject({ where: { line: 2 } });
  });
});

describe('what a build is given', () => {
  it('are secrets by their target or name, agents, and contexts', () => {
    expect(
      buildInputs(
        { secrets: [{ source: 'a' }, { source: 'b', target: 'other' }, { source: 'gone' }], ssh: ['default', 'id=/run/agent'], additional_contexts: { lib: '/p/lib' } },
        { a: { file: '/p/a.txt' }, b: { environment: 'B' } },
      ),
    ).toEqual({
      secrets: [{ id: 'a', from: 'file', place: '/p/a.txt', source: 'a' }, { id: 'other', from: 'variable', place: 'B', source: 'b' }],
      agents: [{ id: 'default', socket: '' }, { id: 'id', socket: '/run/agent' }],
      contexts: [{ name: 'lib', source: { kind: 'folder', dir: '/p/lib' } }],
    });
    expect(buildInputs(undefined, {})).toEqual({ secrets: [], agents: [], contexts: [] });
  });
});

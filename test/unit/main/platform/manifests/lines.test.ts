import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentLine, ContentReader } from '@main/platform/manifests/content-lines';
import { editedList, listEdit } from '@main/platform/manifests/list-edit';
import type { ParsedContent, ParsedDocument } from '@main/platform/manifests/protocol';
import { MARK_BYTES, markBytes, markedPaths } from '@main/platform/manifests/reading-mark';

const text = fc.string();
const hash = fc.constantFrom('', 'a'.repeat(64), 'b'.repeat(64));
const marks = fc.dictionary(fc.constantFrom('environment', 'managed', 'created_by'), text, { noNullPrototype: true });

const document: fc.Arbitrary<ParsedDocument> = fc.record({
  index: fc.nat(),
  item: fc.option(fc.nat()),
  line: fc.nat(),
  id: fc.option(fc.record({ group: text, version: text, kind: text, namespace: text, name: text })),
  hashes: fc.record({ L1: hash, L2: hash, L3: hash, L4: hash, L5: hash, L6: hash }),
  marks,
});

const content: fc.Arbitrary<ParsedContent> = fc.record({
  kind: fc.constantFrom('manifests', 'compose', 'unparseable'),
  reason: fc.option(text),
  problem: fc.option(fc.record({ message: text, line: fc.nat(), column: fc.nat() })),
  documents: fc.array(document),
  marks,
  facts: fc.option(fc.record({ kustomization: fc.constant(null), controllers: fc.constant([]), compose: fc.option(fc.record({ project: fc.option(text), services: fc.constant([]) })) })),
  services: fc.array(fc.record({ name: text, line: fc.nat(), hash })),
  definitions: fc.array(fc.record({ kind: text }, { noNullPrototype: true })),
});

describe('the line of a content', () => {
  it('says all of it, also as JSON', () => {
    const reader = new ContentReader();
    fc.assert(
      fc.property(content, (one) => {
        expect(reader.content(JSON.parse(JSON.stringify(contentLine(one))) as ReturnType<typeof contentLine>)).toEqual(one);
      }),
    );
  });
});

describe('what is told of a list', () => {
  it('makes the one list of the other, and names what both have by its place', () => {
    const things = Array.from({ length: 12 }, (_, at) => ({ at }));
    const some = fc.shuffledSubarray(things);
    fc.assert(
      fc.property(some, some, (before, after) => {
        const edit = listEdit(before, after);
        expect(editedList(before, edit)).toEqual(after);
        expect(edit.filter((part) => !Array.isArray(part))).toEqual(after.filter((one) => !before.includes(one)));
      }),
    );
  });

  it('is one run where nothing changed', () => {
    const list = [{ a: 1 }, { b: 2 }];
    expect(listEdit(list, [...list])).toEqual([[0, 2]]);
    expect(editedList(list, [[0, 2]])).toBe(list);
  });
});

describe('what threads say they are parsing', () => {
  it('is read again, each in its own place', () => {
    const path = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme-composite' });
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(path, { maxLength: 64 }), { minLength: 1, maxLength: 3 }), (threads) => {
        const file = Buffer.alloc(threads.length * MARK_BYTES);
        for (const [slot, paths] of threads.entries()) markBytes(paths).copy(file, slot * MARK_BYTES);
        expect(new Set(markedPaths(file))).toEqual(new Set(threads.flat()));
      }),
      { numRuns: 30 },
    );
  });

  it('of an earlier batch is gone with the next one, and nothing leaves its place', () => {
    const file = Buffer.alloc(MARK_BYTES);
    markBytes(['a.yaml', 'b.yaml']).copy(file);
    markBytes([]).copy(file);
    expect(markedPaths(file)).toEqual([]);
    expect(markBytes(Array.from({ length: 64 }, (_, at) => `${String(at)}${'x'.repeat(4_000)}`)).length).toBeLessThanOrEqual(MARK_BYTES);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMemoryLimit } from '@shared/domain/gitops/templates/memory-limit';
import { commentFor, outputPathOf, renderedTemplates, withMark } from '@shared/domain/gitops/templates/template-files';
import { leadsOut, problemOf, readEngineMessage } from '@shared/domain/gitops/templates/template-problem';
import { expandInclude, notExpanded, referencedTemplates, templateTags } from '@shared/domain/gitops/templates/template-source';
import { versionOf, withRollback, withSaved, type TemplateEntry } from '@shared/domain/gitops/templates/versions';

describe('tags of a template', () => {
  it('are told with their lines; texts in quotes and raw parts hide none', () => {
    const source = 'a {{ "}}" }}\n{# {{ no }} #}{% raw %}{{ x }}{% endraw %}\n{%- if a -%}{{ {"a": {}} }}';
    expect(templateTags(source).map(({ kind, line, inner }) => [kind, line, inner.trim()])).toEqual([
      ['expression', 1, '"}}"'],
      ['comment', 2, '{{ no }}'],
      ['statement', 2, 'raw'],
      ['statement', 3, 'if a'],
      ['expression', 3, '{"a": {}}'],
    ]);
  });

  it('lie one behind the other in any text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('{{', '}}', '{%', '%}', '{#', '#}', '"', "'", 'raw', 'endraw', '\n', 'x', ' '), { maxLength: 60 }), (parts) => {
        const source = parts.join('');
        let at = 0;
        for (const tag of templateTags(source)) {
          expect(tag.start).toBeGreaterThanOrEqual(at);
          expect(tag.line).toBe(source.slice(0, tag.start).split('\n').length);
          at = tag.end;
        }
      }),
    );
  });

  it('name the files they take in', () => {
    expect(referencedTemplates('{% extends "b" %}\n{% include ["x", \'y\'] ignore missing %}{% from "m" import a %}{% import "n" as o %}{% set a = "no" %}').map((one) => one.name)).toEqual(['b', 'x', 'y', 'm', 'n']);
  });
});

it('an include that is written out keeps where each line comes from', () => {
  const expanded = expandInclude(notExpanded('main', 'a\nb {% include "p" %} c\nd'), 2, 'p', 'p1\np2');
  expect(expanded?.source).toBe('a\nb p1\np2 c\nd');
  expect(expanded?.places.map((place) => `${place.file}:${String(place.line)}`)).toEqual(['main:1', 'p:1', 'p:2', 'main:3']);
  expect(expandInclude(notExpanded('main', 'x'), 1, 'p', '')).toBeNull();
});

describe('what is made from a folder', () => {
  it('leaves out parts, files that begin with _ and values', () => {
    const files = { 'a.yaml.j2': '{% include "inc.yaml" %}', 'inc.yaml': '', '_x.yaml': '', 'parts/_p/q.yaml': '', 'values.yaml': '', 'k8s/b.yaml': '' };
    expect(renderedTemplates(files)).toEqual(['a.yaml.j2', 'k8s/b.yaml']);
    expect(outputPathOf('a.yaml.j2')).toBe('a.yaml');
  });

  it('carries its mark in a comment of its own language', () => {
    expect(withMark('a.yaml', 'x: 1\n', 'm')).toBe('# m\nx: 1\n');
    expect(withMark('a.sh', '#!/bin/sh\necho\n', 'm')).toBe('#!/bin/sh\n# m\necho\n');
    expect(withMark('a.json', '{}', 'm')).toBe('{}');
    expect(commentFor('a.html', 'm')).toBe('<!-- m -->');
  });
});

describe('what the engine says', () => {
  it('is taken apart', () => {
    expect(readEngineMessage('undefined value (in a b (1).yaml:3)\nmore')).toEqual({ text: 'undefined value', file: 'a b (1).yaml', line: 3, included: null });
    expect(readEngineMessage('could not render include: error in "p.yaml" (in m:1)')?.included).toBe('p.yaml');
    expect(readEngineMessage('something')).toBeNull();
  });

  it('is said in a sentence with what to do', () => {
    expect(problemOf({ text: 'unknown filter: filter nope is unknown', file: 'a', line: 1, included: null }, '')).toMatchObject({ message: 'Filter nope is unknown.' });
  });

  it.each([['../x', true], ['/x', true], ['a/../../b', true], ['c:/x', true], ['a/b.yaml', false], ['a..b', false]])('%s leads out: %s', (name, expected) => expect(leadsOut(name)).toBe(expected));
});

describe('versions', () => {
  const by = { author: 'a', at: '2026-01-01T00:00:00Z', note: '' };
  const saved = (...hashes: string[]): readonly TemplateEntry[] => hashes.reduce<readonly TemplateEntry[]>((history, hash) => withSaved(history, { hash, ...by }), []);

  it('three saves and going back to the first are four entries, and the content is version 1 again', () => {
    const history = withRollback(saved('x', 'y', 'z'), 1, by) ?? [];
    expect(history.map((entry) => entry.version)).toEqual([1, 2, 3, 1]);
    expect(versionOf(history, 'x')).toBe(1);
    expect(withSaved(history, { hash: 'w', ...by }).at(-1)?.version).toBe(4);
    expect(withRollback(history, 9, by)).toBeNull();
    expect(versionOf(history, 'other')).toBeNull();
  });

  it('numbers rise by one with each new content', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }), (hashes) => {
      const history = saved(...hashes);
      expect(history.map((entry) => entry.version)).toEqual(history.map((_, index) => index + 1));
    }));
  });
});

it('a program without a memory of its own is refused', () => {
  expect(() => withMemoryLimit(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), 16)).toThrow('no memory');
  const program = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1);
  expect([...withMemoryLimit(program, 300)]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 1, 1, 1, 0xac, 2]);
});

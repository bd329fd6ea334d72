import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@shared/kernel/json';
import { createTemplateRenderer, type Rendering, type TemplateRenderer } from '@main/platform/templates/renderer';
import { bundle } from '../../../../support/bundle';

const FIXTURES = resolve('test/fixtures/templates');
const cases = readdirSync(join(FIXTURES, 'cases'));
const context = JSON.parse(readFileSync(join(FIXTURES, 'context.json'), 'utf8')) as JsonObject;
let renderer: TemplateRenderer;

beforeAll(async () => {
  const { dir } = await bundle({ 'template-worker': resolve('src/main/workers/template-worker.ts') });
  renderer = createTemplateRenderer(join(dir, 'template-worker.cjs'));
});
afterAll(() => renderer.close());

function filesBeneath(dir: string): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(dir, name)).isFile() && name !== 'expected.txt');
  return Object.fromEntries(names.map((name) => [relative(dir, join(dir, name)), readFileSync(join(dir, name), 'utf8')]));
}

async function problem(files: Record<string, string>, name = 'main.yaml', given: JsonObject = context): Promise<Extract<Rendering, { readonly ok: false }>['problem']> {
  const rendering = await renderer.render(files, name, given);
  if (rendering.ok) throw new Error(`It was rendered: ${rendering.text.slice(0, 80)}`);
  return rendering.problem;
}

describe('what Python’s Jinja2 makes of the same templates', () => {
  it('has at least thirty cases', () => expect(cases.length).toBeGreaterThanOrEqual(30));

  it.each(cases)('%s', async (name) => {
    const dir = join(FIXTURES, 'cases', name);
    const files = filesBeneath(dir);
    const main = Object.keys(files).find((file) => file.startsWith('main.')) ?? '';
    const rendering = await renderer.render(files, main, context);
    expect(rendering).toEqual({ ok: true, text: readFileSync(join(dir, 'expected.txt'), 'utf8') });
  });
});

describe('what is refused, with file and line', () => {
  it('a value that is not defined', async () => {
    expect(await problem({ 'main.yaml': 'a: 1\nb: {{ nme }}\n' })).toMatchObject({ file: 'main.yaml', line: 2, message: 'A value that is not defined is used: b: {{ nme }}.' });
  });

  it('the same in a file that is included, two deep and behind lines of the others', async () => {
    const files = { 'main.yaml': 'a: 1\n{% include "one.yaml" %}\n', 'one.yaml': 'x\ny\n{% for i in [1] %}{% include "two.yaml" %}{% endfor %}\n', 'two.yaml': 'p\nq\nr: {{ nme }}' };
    expect(await problem(files)).toMatchObject({ file: 'two.yaml', line: 3 });
  });

  it.each([
    ['extends', { 'main.yaml': '{% extends "base.yaml" %}', 'base.yaml': 'a\n\nb: {{ nme }}' }, 'base.yaml', 3],
    ['import', { 'main.yaml': '\n{% import "m.yaml" as m %}', 'm.yaml': 'a\n{{ nme }}' }, 'm.yaml', 2],
    ['a macro of another file', { 'main.yaml': '{% from "m.yaml" import f %}\n{{ f() }}', 'm.yaml': '\n{% macro f() %}\n{{ nme }}{% endmacro %}' }, 'm.yaml', 3],
  ])('an error behind %s', async (_, files, file, line) => {
    expect(await problem(files)).toMatchObject({ file, line });
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'parts/../../x', 'C:\\x', '..\\x'])('an include of %s', async (name) => {
    const told = await problem({ 'main.yaml': `a: 1\n\n{% include ${JSON.stringify(name)} %}` });
    expect(told).toMatchObject({ file: 'main.yaml', line: 3 });
    expect(told.message).toContain('leads out of the template folder');
  });

  it('an include of what is not there', async () => {
    expect((await problem({ 'main.yaml': '{% include "no.yaml" %}' })).message).toBe('There is no template "no.yaml" in the template folder.');
  });

  it('a part that cannot be read as a template', async () => {
    expect(await problem({ 'main.yaml': '{% include "bad.yaml" %}', 'bad.yaml': 'a\n{% if %}' })).toMatchObject({ file: 'bad.yaml', line: 2 });
  });

  it.each([
    ['an endless loop', 'a: 1\n{% for i in range(99999) %}{% for j in range(99999) %}{{ j }}{% endfor %}{% endfor %}', 2],
    ['many steps without output', 'a: 1\n\n{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}', 3],
    ['a macro that calls itself', '{% macro f() %}\n{{ f() }}{% endmacro %}\n{{ f() }}', 2],
    ['a text of a hundred megabytes', 'a: 1\n{{ "x" * 100000000 }}', 2],
    ['a text of two megabytes', 'a: 1\nb: 2\n{{ "x" * 2000000 }}', 3],
    ['memory without an end', '{% set a = "x" * 30000000 %}\n{% set b = a ~ a ~ a ~ a %}{{ b }}\n', null],
    ['a loop that prints too much', 'a: 1\n{% for i in range(99999) %}\n  0123456789 0123456789\n{% endfor %}', 2],
    ['lists that take long', '{% for i in range(5000) %}{% set x = range(99999)|list|sort|join %}{% endfor %}\n', null],
  ])('%s', async (_, source, line) => {
    const began = performance.now();
    const told = await problem({ 'main.yaml': source });
    expect(told.file).toBe('main.yaml');
    if (line !== null) expect(told.line).toBe(line);
    expect(typeof told.line).toBe('number');
    expect(performance.now() - began).toBeLessThan(10_000);
    // The next one has a fresh engine.
    expect(await renderer.render({ x: '{{ 1 + 1 }}' }, 'x', {})).toEqual({ ok: true, text: '2' });
  });

  it('comparisons in a chain, which the engine would understand otherwise', async () => {
    expect(await problem({ 'main.yaml': 'a\n{{ 1 < replicas < 3 }}' })).toMatchObject({ file: 'main.yaml', line: 2, message: 'Two comparisons are chained.' });
    expect(await renderer.render({ x: '{{ 1 < 2 and 3 > 2 }} {{ (1 < 2) == (2 > 1) }} {{ "a<b<c" }}{% if 1 < 2 %}{% set a = 1 >= 1 %}{% endif %}' }, 'x', {})).toEqual({ ok: true, text: 'true true a<b<c' });
  });

  it('a file that includes itself', async () => {
    expect(await problem({ 'main.yaml': 'a\n{% include "main.yaml" %}' })).toMatchObject({ file: 'main.yaml', line: 2 });
  });

  it.each([
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ name.constructor.constructor('return process')() }}",
    "{{ (1).constructor }}",
    "{{ limits.__proto__ }}",
    "{{ limits['constructor'] }}",
    "{{ range.constructor('return process')() }}",
    "{{ lipsum.__globals__ }}",
    "{{ config }}",
    "{{ request }}",
    "{{ process.env }}",
    "{{ globalThis }}",
    "{{ require('fs') }}",
    "{{ name|attr('__class__') }}",
    "{{ joiner.__call__.__globals__ }}",
    "{{ namespace.__init__ }}",
    "{% import 'os' as os %}",
    "{{ ''|map('__class__') }}{{ ''.__class__ }}",
  ])('the escape %s', async (source) => {
    expect(await problem({ 'main.yaml': `\n${source}` })).toMatchObject({ file: 'main.yaml', line: 2 });
  });

  it('keeps names that mean more to JavaScript out of the context', async () => {
    const given = JSON.parse('{"__proto__": {"polluted": 1}, "a": {"constructor": 2, "b": 1}}') as JsonObject;
    expect(await renderer.render({ x: '{{ a|tojson }}' }, 'x', given)).toEqual({ ok: true, text: '{"b": 1}' });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

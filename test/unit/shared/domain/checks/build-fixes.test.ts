import { describe, expect, it } from 'vitest';
import { checkBuilds } from '@shared/domain/checks/build-checks';
import type { BuildFact, CheckResult } from '@shared/domain/checks/facts';
import { editLines } from '@shared/domain/checks/line-edits';
import { DIR, FILE, input, model } from './check-input';

const fact = (parts: Partial<BuildFact> = {}): BuildFact => ({ service: 'api', context: `${DIR}/api`, contextState: 'directory', dockerfile: `${DIR}/api/Dockerfile`, dockerfileState: 'present', dockerfileText: 'FROM a\n', missingContexts: [], ...parts });
const other = (parts: Partial<BuildFact> = {}): BuildFact => fact({ service: 'web', context: `${DIR}/web`, dockerfile: `${DIR}/web/Dockerfile`, ...parts });

function results(one: BuildFact, more: { readonly target?: string; readonly image?: string; readonly others?: readonly BuildFact[] } = {}): readonly CheckResult[] {
  const { target, image, others = [] } = more;
  const services = { api: { ...(image === undefined ? {} : { image }), build: { context: one.context, ...(target === undefined ? {} : { target }) } }, ...Object.fromEntries(others.map(({ service, context }) => [service, { build: { context } }])) };
  return checkBuilds(input(model(services), { builds: new Map([one, ...others].map((each) => [each.service, each])) })).filter(({ finding }) => finding.service === 'api');
}

/** `title => the text afterwards` of every fix, once the check has nothing more to say of it. */
function rewritten(text: string, parts: Partial<BuildFact> = {}, others: readonly BuildFact[] = []): readonly string[] {
  const [result] = results(fact({ dockerfileText: text, ...parts }), { others });
  return (result?.fixes ?? []).map(({ title, action }) => {
    if (action.kind !== 'edit-lines') throw new Error(action.kind);
    const isIgnore = action.file.endsWith('.dockerignore');
    const after = editLines(isIgnore ? (parts.ignore?.text ?? '') : text, action.edits) ?? 'refused';
    const again = results(fact({ ...parts, ...(isIgnore ? { dockerfileText: text, ignore: { file: action.file, text: after } } : { dockerfileText: after, copied: new Map([...(parts.copied ?? [])].map(([path, matches]) => [path, after.includes(path) ? matches : [path]])) }) }), { others });
    expect(again.map(({ finding }) => finding.id), title).not.toContain(result?.finding.id);
    return `${title} => ${JSON.stringify(after)}`;
  });
}

describe('fixes of a Dockerfile', () => {
  it.each([
    ['FROM a\nRUNN echo\n', ['Write RUN in place of RUNN => "FROM a\\nRUN echo\\n"']],
    ['FROM a\r\ncopi x /\r\n', ['Write copy in place of copi => "FROM a\\r\\ncopy x /\\r\\n"']],
    ['FROM a\nRUN apk add curl\n  bash git\n', ['Let the line before go on with a backslash => "FROM a\\nRUN apk add curl \\\\\\n  bash git\\n"']],
    ['FROM a\nCOPY --form=b x /x\n', ['Write --from in place of --form => "FROM a\\nCOPY --from=b x /x\\n"']],
    ['FROM a\nRUN <<END\ntrue\n', ['End the here-document with END => "FROM a\\nRUN <<END\\ntrue\\nEND\\n"']],
    ['FROM a\nWORKDIR\nRUN b\n', ['Take the empty WORKDIR out => "FROM a\\nRUN b\\n"']],
    ['FROM a b\n', []],
    ['FROM a\nRUN a && \\\n\n  b && \\\n  \n  c\n\nRUN d \\\n\n e\n', ['Take the empty lines out => "FROM a\\nRUN a && \\\\\\n  b && \\\\\\n  c\\n\\nRUN d \\\\\\n e\\n"']],
  ])('%j', (text, expected) => expect(rewritten(text)).toEqual(expected));

  it('name the path where a copied file lies now, or no longer copy it', () => {
    expect(rewritten('FROM a\nCOPY app.py /app/\n', { copied: new Map([['app.py', []]]), copiedFrom: new Map([['app.py', 'src/app.py']]) })).toEqual([
      'Copy src/app.py in place of app.py => "FROM a\\nCOPY src/app.py /app/\\n"',
      'No longer copy app.py => "FROM a\\n"',
    ]);
    expect(rewritten('FROM a\nCOPY a.txt \\\n  b.txt /app/\n', { copied: new Map([['a.txt', ['a.txt']], ['b.txt', []]]) })).toEqual(['No longer copy b.txt => "FROM a\\nCOPY a.txt \\\\\\n   /app/\\n"']);
    expect(rewritten('FROM a\nCOPY ["a b.txt", "c.txt", "/"]\n', { copied: new Map([['a b.txt', []], ['c.txt', ['c.txt']]]) })).toEqual([]);
  });

  it('take back what is ignored, where a line can, and a line that is no pattern out', () => {
    const file = `${DIR}/api/.dockerignore`;
    expect(rewritten('FROM a\nCOPY b.txt /\n', { copied: new Map([['b.txt', ['b.txt']]]), ignore: { file, text: '*.txt' } })).toEqual(['Take b.txt back in ./api/.dockerignore => "*.txt\\n!b.txt\\n"']);
    expect(rewritten('FROM a\nCOPY b.txt /\n', { copied: new Map([['b.txt', ['b.txt']]]), ignore: { file, text: 'x\n[\ny\n' } })).toEqual(['Take the line [ out => "x\\ny\\n"']);
  });

  it('give an argument a default that is known', () => {
    expect(rewritten('ARG TAG\nFROM node:${TAG}\n')).toEqual(['Start with TAG=latest where none is given => "ARG TAG=latest\\nFROM node:${TAG}\\n"']);
    expect(rewritten('FROM $REGISTRY/node\n')).toEqual(['Start with REGISTRY=docker.io where none is given => "ARG REGISTRY=docker.io\\nFROM $REGISTRY/node\\n"']);
    expect(rewritten('ARG BASE\nFROM ${BASE}\n', {}, [other({ dockerfileText: 'FROM python:3 AS one\nFROM one\n' })])).toEqual(['Start with BASE=python:3 where none is given => "ARG BASE=python:3\\nFROM ${BASE}\\n"']);
    expect(rewritten('ARG BASE\nFROM ${BASE}\n')).toEqual([]);
  });

  it('of the compose file itself are by hand', () => {
    expect(results(fact({ dockerfileState: 'inline', dockerfile: '', dockerfileText: 'FROM a\nRUNN x\n' }))[0]).toMatchObject({ finding: { code: 'DOCKERFILE_INVALID' }, fixes: [] });
  });
});

describe('fixes of a build', () => {
  const titles = (...parts: Parameters<typeof results>): readonly string[] => results(...parts)[0]?.fixes.map(({ title, action }) => (action.kind === 'open' ? `${title} (${action.command})` : title)) ?? [];
  const follow = 'Follow a moved folder… (berth compose relocate <from> <to>)';

  it('whose context is gone name the place it was moved to, or what is called nearly so, and let a person choose', () => {
    const gone = fact({ contextState: 'missing', dockerfileState: 'missing' });
    expect(titles({ ...gone, movedTo: { path: `${DIR}/core/api`, by: 'content' } })).toEqual(['Build api from ./core/api', follow]);
    expect(titles({ ...gone, context: `${DIR}/workr` }, { others: [other({ context: `${DIR}/worker` })] })).toEqual(['Build api from ./worker', follow]);
    expect(titles({ ...gone, context: `${DIR}/elsewhere` }, { others: [other()] })).toEqual([follow, 'Build api from ./web']);
    expect(titles(fact({ context: `${DIR}/api/Dockerfile`, contextState: 'not-a-directory' }))).toEqual(['Build api from ./api']);
    expect(titles(fact({ contextState: 'unreadable' }))).toEqual([]);
  });

  it('whose Dockerfile is gone name another one, or the image alone', () => {
    const gone = fact({ dockerfile: `${DIR}/api/Dockerfile.prd`, dockerfileState: 'missing', otherDockerfiles: ['Dockerfile', 'Dockerfile.prod'] });
    expect(titles(gone, { image: 'shop/api' })).toEqual(['Build api with Dockerfile.prod', 'Build api with Dockerfile', 'Use the image shop/api without building it']);
    expect(results(gone)[0]?.fixes[0]?.action).toEqual({ kind: 'set-build', service: 'api', key: 'dockerfile', to: 'Dockerfile.prod', file: FILE });
    expect(titles(fact({ dockerfileState: 'unreadable' }))).toEqual([]);
  });

  it('whose target is no stage name the stages, the nearest first', () => {
    expect(titles(fact({ dockerfileText: 'FROM a AS base\nFROM base AS develop\n' }), { target: 'develope' })).toEqual(['Build api up to develop', 'Build api up to base', 'Build the last stage of api']);
  });
});

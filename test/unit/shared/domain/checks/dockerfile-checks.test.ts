import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBuilds, checkOutdatedBuilds } from '@shared/domain/checks/build-checks';
import { dockerfileFaults } from '@shared/domain/checks/dockerfile-faults';
import { copySources, expandText, unsetBases } from '@shared/domain/checks/dockerfile-variables';
import type { BuildFact } from '@shared/domain/checks/facts';
import { DIR, input, model } from './check-input';

const FILE = `${DIR}/api/Dockerfile`;
const fact = (text: string, copied: { readonly [path: string]: readonly string[] } = {}, ignore?: string): BuildFact => ({
  service: 'api',
  context: `${DIR}/api`,
  contextState: 'directory',
  dockerfile: FILE,
  dockerfileState: 'present',
  dockerfileText: text,
  missingContexts: [],
  copied: new Map(Object.entries(copied)),
  ...(ignore === undefined ? {} : { ignore: { file: `${DIR}/api/.dockerignore`, text: ignore } }),
});
const build = { context: `${DIR}/api` };
const found = (one: BuildFact, more: { readonly args?: { readonly [name: string]: string }; readonly target?: string } = {}) =>
  checkBuilds(input(model({ api: { build: { ...build, ...more } } }), { builds: new Map([['api', one]]) })).map(({ finding }) => [finding.code, finding.where?.line]);

describe('Dockerfile syntax', () => {
  it.each([
    ['FROM a\nRUM b\n', 2, 'has the unknown instruction RUM'],
    ['# x\nFROM\n', 2, 'has FROM without an image'],
    ['FROM --platform=linux/amd64\n', 1, 'has FROM without an image'],
    ['FROM a b\n', 1, 'has a FROM line that is neither "FROM image" nor "FROM image AS name"'],
    ['RUN true\nFROM a\n', 1, 'has RUN before its first FROM'],
    ['FROM a\nCOPY\n', 2, 'has COPY without an argument'],
    ['FROM a\nCOPY x\n', 2, 'has COPY with a source and no destination'],
    ['FROM a\nCOPY --form=b x /x\n', 2, 'has COPY with the unknown flag --form'],
    ['FROM a\nCOPY --from b x /x\n', 2, 'has COPY with --from and no value (write --from=…)'],
    ['FROM a\nWORKDIR\n', 2, 'has WORKDIR without an argument'],
    ['FROM a\nSHELL bash -c\n', 2, 'has SHELL without a list in the form ["program", "argument"]'],
    ['FROM a\nRUN <<END\ntrue\n', 2, 'has a here-document that is never closed: no line says END'],
  ])('%j', (text, line, said) => {
    expect(dockerfileFaults(text)).toEqual([{ line, severity: 'error', text: said }]);
    expect(found(fact(text))).toEqual([['DOCKERFILE_INVALID', line]]);
  });
  it('a blank line in a continued instruction is a warning, the other faults stay', () => {
    expect(dockerfileFaults('FROM a\nRUN a && \\\n\n b\n')).toEqual([{ line: 3, severity: 'warning', text: 'has an empty line inside an instruction that goes on' }]);
    expect(found(fact('FROM a\nRUN a && \\\n\n b\n'))).toEqual([['DOCKERFILE_EMPTY_LINE', 3]]);
  });
  it.each([
    '# syntax=docker/dockerfile:1.7\nARG V=1\nFROM node:${V} AS build\nRUN <<EOF\nnot an instruction\nEOF\nCOPY <<-"A" <<B /x/\nFROM\n\tA\nRUM\nB\n',
    'ARG A\nARG B=x\nFROM b:$B\nARG A\nENV\nCMD\nENTRYPOINT []\nRUN --mount=type=cache,target=/c --network=none true\nHEALTHCHECK --interval=1s --retries=3 CMD true\n',
    'FROM a\nCOPY --link --chown=1:1 --from=b x /x\nADD --keep-git-dir=true --checksum=sha256:1 https://x/y /y\nONBUILD COPY . .\n',
    '# syntax=example/own-frontend\nANYTHING goes\n',
    'FROM scratch\r\nRUN a \\\r\n  # in between\r\n  b\r\n',
  ])('is silent on a valid file: %j', (text) => expect(dockerfileFaults(text)).toEqual([]));
  it('says the four faults of S3.16 with their lines', () => {
    expect(found({ ...fact(''), dockerfileState: 'missing' })).toEqual([['DOCKERFILE_MISSING', 14]]);
    expect(found(fact('FROM a AS dev\n'), { target: 'prod' })).toEqual([['BUILD_TARGET_UNKNOWN', 14]]);
    expect(found(fact('FROM a\nRUM b\n'))).toEqual([['DOCKERFILE_INVALID', 2]]);
    expect(found(fact('FROM a\n\nCOPY gone /x\n', { gone: [] }))).toEqual([['BUILD_COPY_MISSING', 3]]);
  });
});

describe('COPY and ADD', () => {
  const sources = (text: string, target?: string, args: { readonly [name: string]: string } = {}) => copySources(text, target, args).map((one) => `${one.line} ${one.path}`);
  it('lists what is taken from the context', () => {
    expect(sources('FROM a\nCOPY a b/ ./c /x/\nADD ["d e", "/y"]\nCOPY . /app\n')).toEqual(['2 a', '2 b', '2 c', '3 d e', '4 ']);
    expect(sources('FROM a\nCOPY \\\n  --chown=1:1 \\\n  a \\\n  /x\n')).toEqual(['2 a']);
  });
  it('leaves out stages, addresses, here-documents and what nobody can tell', () => {
    expect(sources('FROM a AS b\nFROM c\nCOPY --from=b x /x\nADD https://a/b git@h:r.git /y\nCOPY <<EOF /z\nhello\nEOF\nCOPY $NOBODY /z\nCOPY ${X#y} /z\n')).toEqual([]);
  });
  it('puts in the values of ARG and ENV', () => {
    const text = 'ARG DIR=src\nFROM a\nARG DIR\nARG NAME=app\nENV EXT=js\nCOPY $DIR/${NAME}.$EXT ${DIR:-x} /x/\n';
    expect(sources(text)).toEqual(['6 src/app.js', '6 src']);
    expect(sources(text, undefined, { DIR: 'lib' })).toEqual(['6 lib/app.js', '6 lib']);
    expect(sources('ARG DIR=src\nFROM a\nCOPY $DIR /x/\n')).toEqual([]);
  });
  it('looks only at the stages that are built', () => {
    const text = 'FROM a AS base\nCOPY one /\nFROM base AS dev\nCOPY two /\nFROM a AS tool\nCOPY three /\nFROM base AS prod\nCOPY --from=tool /x /x\nRUN --mount=type=bind,from=dev,target=/d true\n';
    expect(sources(text, 'dev')).toEqual(['2 one', '4 two']);
    expect(sources(text, 'base')).toEqual(['2 one']);
    expect(sources(text)).toEqual(['2 one', '4 two', '6 three']);
  });
  it('says what is missing and what is ignored, with the line', () => {
    expect(found(fact('FROM a\nCOPY ./gone *.py /x/\n', { gone: [], '*.py': [] }))).toEqual([['BUILD_COPY_MISSING', 2], ['BUILD_COPY_MISSING', 2]]);
    expect(found(fact('FROM a\nCOPY dist /x/\n', { dist: ['dist'] }, 'dist\n'))).toEqual([['BUILD_COPY_IGNORED', 2]]);
    expect(found(fact('FROM a\nCOPY dist /x/\n', { dist: ['dist'] }, 'dist\n!dist/main.js\n'))).toEqual([]);
    expect(found(fact('FROM a\nCOPY *.js /x/\n', { '*.js': ['a.js', 'b.js'] }, 'a.js\n'))).toEqual([]);
    expect(found(fact('FROM a\nCOPY . /x/\n', {}, '*\n'))).toEqual([]);
    expect(found(fact('FROM a\nCOPY a /x/\n', { a: ['a'] }, 'ok\n[\n'))).toEqual([['BUILD_IGNORE_INVALID', 2]]);
  });
  it('says a fault of a shared Dockerfile once', () => {
    const one = fact('FROM a\nCOPY gone /x\n', { gone: [] });
    const services = { api: { build }, worker: { build } };
    const results = checkBuilds(input(model(services), { builds: new Map([['api', one], ['worker', { ...one, service: 'worker' }]]) }));
    expect(results.map(({ finding }) => finding.service)).toEqual(['api']);
  });
});

describe('base images', () => {
  const unset = (text: string, args: { readonly [name: string]: string } = {}) => unsetBases(text, args).map((one) => [one.line, one.name]);
  it.each([
    ['ARG BASE\nFROM $BASE\n', [[2, 'BASE']]],
    ['FROM ${BASE}\n', [[1, 'BASE']]],
    ['ARG TAG\nFROM node:${TAG} AS a\nFROM a\n', [[2, 'TAG']]],
    ['ARG HOST\nFROM $HOST/node\n', [[2, 'HOST']]],
    ['FROM a\nARG BASE=x\nFROM $BASE\n', [[3, 'BASE']]],
  ])('%j has none', (text, expected) => expect(unset(text)).toEqual(expected));
  it.each(['ARG BASE=node\nFROM $BASE\n', 'FROM ${BASE:-node}\n', 'FROM --platform=$BUILDPLATFORM node\n', 'ARG S\nFROM node:18$S\n', 'ARG A=x\nARG B=$A\nFROM $B\n', 'FROM x-$TARGETARCH\n'])('%j has one', (text) => expect(unset(text)).toEqual([]));
  it('a value of the compose file counts', () => {
    expect(unset('ARG BASE\nFROM $BASE\n', { BASE: 'node' })).toEqual([]);
    expect(found(fact('ARG BASE\nFROM $BASE\n'))).toEqual([['BUILD_BASE_UNSET', 2]]);
    expect(found(fact('ARG BASE\nFROM $BASE\n'), { args: { BASE: 'node' } })).toEqual([]);
  });
  it('texts without variables stay as they are', () => {
    fc.assert(fc.property(fc.string().filter((text) => !text.includes('$')), (text) => void expect(expandText(text, new Map())).toEqual({ text, unset: [], known: true })));
  });
});

describe('Dockerfiles of strangers', () => {
  it('never throw and name only lines the file has', () => {
    const part = fc.constantFrom('FROM', 'COPY', 'RUN', 'ARG', '--from=', '<<EOF', 'EOF', '\\', '\n', ' ', '$X', '${', '}', '["a"', ']', '"', '#', '../..', '*');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }).map((parts) => parts.join(' ')), (text) => {
        const lines = text.split('\n').length;
        for (const one of [...dockerfileFaults(text), ...unsetBases(text, {}), ...copySources(text, undefined, {})]) expect(one.line).toSatisfy((line: number) => line >= 1 && line <= lines);
      }),
    );
  });
});

describe('changed dependencies', () => {
  it('name the manifest and the service', () => {
    const [result] = checkOutdatedBuilds(input(model({ api: { build } }), { outdatedBuilds: [{ service: 'api', manifest: `${DIR}/api/requirements.txt` }] }));
    expect(result?.finding).toMatchObject({ code: 'BUILD_OUTDATED', severity: 'info', service: 'api', message: './api/requirements.txt changed after the running image of api was built.' });
  });
});

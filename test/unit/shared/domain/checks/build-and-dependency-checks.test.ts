import { describe, expect, it } from 'vitest';
import { checkBuilds } from '@shared/domain/checks/build-checks';
import { checkCommonNetworks, checkDependencyHealth } from '@shared/domain/checks/dependency-checks';
import { healthcheckOfBuild, parseDockerfile, stageOf } from '@shared/domain/checks/dockerfile';
import { dockerfileFaults } from '@shared/domain/checks/dockerfile-faults';
import type { BuildFact } from '@shared/domain/checks/facts';
import type { ComposeService } from '@shared/domain/compose/model';
import { DIR, input, model, observed } from './check-input';

const fact = (parts: Partial<BuildFact> = {}): BuildFact => ({
  service: 'api',
  context: `${DIR}/api`,
  contextState: 'directory',
  dockerfile: `${DIR}/api/Dockerfile`,
  dockerfileState: 'present',
  dockerfileText: 'FROM node AS base\nFROM base AS dev\nRUN true\n',
  missingContexts: [],
  ...parts,
});
const builds = (parts: Partial<BuildFact>, target?: string) =>
  checkBuilds(input(model({ api: { build: { context: `${DIR}/api`, ...(target === undefined ? {} : { target }) } } }), { builds: new Map([['api', fact(parts)]]) })).map((result) => result.finding);

describe('builds', () => {
  it('a sound one says nothing', () => expect([...builds({}), ...builds({}, 'dev'), ...builds({}, 'DEV'), ...builds({}, '0')]).toEqual([]));
  it.each([
    [{ contextState: 'missing' as const }, undefined, 'BUILD_CONTEXT_MISSING'],
    [{ contextState: 'not-a-directory' as const }, undefined, 'BUILD_CONTEXT_MISSING'],
    [{ missingContexts: [{ name: 'lib', path: `${DIR}/lib` }] }, undefined, 'BUILD_CONTEXT_MISSING'],
    [{ dockerfileState: 'missing' as const, dockerfileText: '' }, undefined, 'DOCKERFILE_MISSING'],
    [{ dockerfileText: '# nothing\n' }, undefined, 'DOCKERFILE_INVALID'],
    [{ dockerfileText: 'FROM a\nRUM b\n' }, undefined, 'DOCKERFILE_INVALID'],
    [{}, 'prod', 'BUILD_TARGET_UNKNOWN'],
  ])('%j %s', (parts, target, code) => {
    expect(builds(parts, target)).toMatchObject([{ code, severity: 'error', service: 'api' }]);
  });
  it('names the command that follows a context which was moved', () => {
    const why = (parts: Partial<BuildFact>): string | undefined => builds({ contextState: 'missing', ...parts })[0]?.why;
    expect(why({ movedTo: { path: `${DIR}/microservices/api`, by: 'content' } })).toContain('It was moved to ./microservices/api: what lies there is the same. Write the new path in every file with `berth compose relocate ./api ./microservices/api`');
    expect(why({ movedTo: { path: `${DIR}/my services/api`, by: 'name' } })).toContain("It may have been moved: the only folder of its name is ./my services/api now. Write the new path in every file with `berth compose relocate ./api './my services/api'`");
    expect(why({})).toContain('berth compose relocate <from> <to>');
  });
  it('names the stages there are and the line of a broken instruction', () => {
    expect(builds({}, 'prod')[0]?.why).toBe('Its stages are base, dev.');
    expect(builds({ dockerfileText: 'FROM a\n\nRUM b\n' })[0]?.where).toEqual({ file: `${DIR}/api/Dockerfile`, line: 3 });
  });
});

describe('Dockerfile', () => {
  it('joins continuations, skips comments, here-documents and directives', () => {
    const text = ['# syntax=docker/dockerfile:1', 'ARG BASE=x', 'FROM --platform=$BUILDPLATFORM ${BASE} AS Build', 'RUN a && \\', '  # a comment inside', '', '  b', 'RUN <<EOF', 'FROM nowhere', 'EOF', 'COPY <<-"A" <<B /x/', 'hello', '\tA', 'FROM two', 'B', 'from build as final', 'HEALTHCHECK CMD true'].join('\r\n');
    const parsed = parseDockerfile(text);
    expect(dockerfileFaults(text)).toEqual([{ line: 6, severity: 'warning', text: 'has an empty line inside an instruction that goes on' }]);
    expect(parsed.stages.map((stage) => [stage.name, stage.from])).toEqual([
      ['build', '${BASE}'],
      ['final', 'build'],
    ]);
    expect(stageOf(parsed, 'final')?.hasHealthcheck).toBe(true);
  });
  it('honours the escape directive', () => {
    expect(parseDockerfile('# escape=`\nFROM a `\n AS b\nRUN dir c:\\\nRUN x').stages).toMatchObject([{ name: 'b' }]);
  });
  it('follows stages for the health check and leaves it to a base image it cannot see', () => {
    expect(healthcheckOfBuild(parseDockerfile('FROM scratch AS a\nFROM a\n'), undefined)).toBe('no');
    expect(healthcheckOfBuild(parseDockerfile('FROM x AS a\nHEALTHCHECK CMD true\nFROM a\n'), undefined)).toBe('yes');
    expect(healthcheckOfBuild(parseDockerfile('FROM x\n'), undefined)).toBe('unknown');
    expect(healthcheckOfBuild(parseDockerfile('FROM a AS a\n'), undefined)).toBe('unknown');
  });
});

describe('dependencies', () => {
  const image = (hasHealthcheck: boolean) => ({ id: 'i', tags: [], labels: {}, volumes: [], exposedPorts: [], architecture: '', os: '', hasHealthcheck });
  const run = (db: Partial<ComposeService>, condition: 'service_healthy' | 'service_started' | 'service_completed_successfully', known?: boolean) =>
    checkDependencyHealth(
      input(model({ api: { depends_on: { db: { condition, required: true } } }, db: { image: 'db', ...db } }), { observed: observed({ images: known === undefined ? {} : { db: image(known) } }) }),
    ).map((result) => `${result.finding.severity} ${result.finding.code}`);
  const test = { healthcheck: { test: ['CMD', 'true'] } };
  it.each([
    [{}, 'service_healthy', false, ['error DEPENDENCY_WITHOUT_HEALTHCHECK']],
    [{}, 'service_healthy', undefined, ['warning DEPENDENCY_WITHOUT_HEALTHCHECK']],
    [{ healthcheck: { disable: true } }, 'service_healthy', true, ['error DEPENDENCY_WITHOUT_HEALTHCHECK']],
    [{ healthcheck: { test: ['NONE'] } }, 'service_healthy', true, ['error DEPENDENCY_WITHOUT_HEALTHCHECK']],
    [test, 'service_healthy', false, []],
    [{}, 'service_healthy', true, []],
    [{}, 'service_started', false, ['warning HEALTHCHECK_MISSING']],
    [{}, 'service_started', undefined, []],
    [{}, 'service_completed_successfully', false, []],
  ] as const)('%j %s %s', (db, condition, known, expected) => expect(run(db as Partial<ComposeService>, condition, known)).toEqual(expected));

  it('a common network is needed unless one uses the other’s', () => {
    const networks = (a: Partial<ComposeService>, b: Partial<ComposeService>) =>
      checkCommonNetworks(input(model({ a: { ...a, depends_on: { b: { condition: 'service_started', required: true } } }, b }))).map((result) => result.finding.code);
    expect(networks({ networks: { front: null } }, { networks: { back: null } })).toEqual(['DEPENDENCY_NO_COMMON_NETWORK']);
    expect(networks({ networks: { front: null, back: null } }, { networks: { back: null } })).toEqual([]);
    expect(networks({ network_mode: 'service:b' }, { networks: { back: null } })).toEqual([]);
    expect(networks({ network_mode: 'host' }, { networks: { back: null } })).toEqual([]);
  });
});

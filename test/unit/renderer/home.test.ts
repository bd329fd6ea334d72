import { describe, expect, it } from 'vitest';
import { homeAnswer, runningOf, thingsToLookAt, wayBack, type ProjectFacts } from '../../../src/renderer/src/features/home/home-answer';
import type { Alert, Operation, Project, ServiceList } from '../../../src/renderer/src/lib/model';

const project = (name: string, more: Partial<Project> = {}): Project => ({ id: `p_${name}`, name, dir: `/p/${name}`, modes: [{ name: 'dev', files: [], envFiles: [], profiles: [] }, { name: 'prod', files: [], envFiles: [], profiles: [] }], activeMode: 'dev', trusted: true, trustQuestions: [], ...more });
const services = (health: ServiceList['health'], summary: string = health): ServiceList => ({ mode: 'dev', health, summary, services: [] });
const facts = (name: string, more: Partial<ProjectFacts> = {}): ProjectFacts => ({ project: project(name), services: services('healthy'), conflicts: { errors: 0, warnings: 0 }, alerts: [], drifts: [], operations: [], snapshots: null, storage: null, workspaces: null, ...more });
const operation = (more: Partial<Operation>): Operation => ({ id: 'op', kind: 'modes.switch', title: 'Switch shop to prod', state: 'succeeded', projectId: 'p_shop', input: { mode: 'prod' }, result: { from: 'dev', to: 'prod' }, undoable: false, ...more }) as Operation;
const alert = (more: Partial<Alert>): Alert => ({ id: 'a1', code: 'X', severity: 'warning', projectId: null, service: null, message: 'A pass takes long.', hint: '', raisedAt: '', count: 1, clearedAt: null, dismissed: false, ...more });
const sentence = (all: readonly ProjectFacts[], alerts: readonly Alert[] = []): string => homeAnswer(all, thingsToLookAt(all, alerts, []), false).sentence;

describe('the answer of the home page', () => {
  it('says how many are healthy and how much is to be looked at', () => {
    expect(sentence([facts('shop')])).toBe('shop is healthy, nothing to look at');
    expect(sentence([facts('shop'), facts('blog')])).toBe('All 2 projects are healthy, nothing to look at');
    expect(sentence([facts('shop'), facts('blog', { services: services('degraded', '1 of 2 runs') }), facts('old', { services: services('stopped') })])).toBe('1 of 3 projects is healthy, 1 thing to look at');
    expect(sentence([facts('shop', { services: services('empty') })])).toBe('shop does not run, nothing to look at');
    expect(sentence([facts('shop', { services: services('stopped') }), facts('blog', { services: services('empty') })])).toBe('None of 2 projects runs, nothing to look at');
    expect(sentence([facts('shop', { services: null })])).toBe('Looking at your projects…');
    expect(homeAnswer([facts('shop', { services: null })], [], true)).toEqual({ mark: 'bad', sentence: 'Docker does not answer, nothing to look at' });
  });

  it('has the shape of the worst that is to be looked at', () => {
    const mark = (all: readonly ProjectFacts[]): string => homeAnswer(all, thingsToLookAt(all, [], []), false).mark;
    expect([mark([facts('a')]), mark([facts('a', { conflicts: { errors: 0, warnings: 1 } })]), mark([facts('a', { conflicts: { errors: 1, warnings: 0 } })]), mark([facts('a', { services: services('stopped') })])]).toEqual(['good', 'warn', 'bad', 'off']);
  });
});

describe('what is to be looked at', () => {
  it('names each thing with its place, errors first', () => {
    const all = [
      facts('shop', { conflicts: { errors: 0, warnings: 2 }, storage: { mark: 'bad', sentence: 'The S3 server does not answer' }, workspaces: { mark: 'off', sentence: 'Nothing was sent' } }),
      facts('blog', { conflicts: { errors: 2, warnings: 1 }, snapshots: { lastAt: null, damaged: 1 }, drifts: [{}, {}] as never }),
    ];
    expect(thingsToLookAt(all, [alert({}), alert({ id: 'a2', severity: 'info' })], []).map(({ severity, text, place }) => `${severity} ${place}: ${text}`)).toEqual([
      'error storage: The S3 server does not answer',
      'error conflicts: 2 things in the way of a switch, 1 warning',
      'error snapshots: 1 snapshot cannot be restored',
      'warning activity: A pass takes long.',
      'warning conflicts: 2 warnings',
      'warning project: 2 fields differ from the files',
    ]);
  });

  it('has the newest operation that went wrong, and any that needs somebody, until it is put away', () => {
    const wrong = [operation({ id: 'new', state: 'rolled-back' }), operation({ id: 'older', state: 'failed' }), operation({ id: 'oldest', state: 'needs-attention' })];
    const ids = (dismissed: readonly string[]): readonly string[] => thingsToLookAt([facts('shop', { operations: wrong })], [], dismissed).map((one) => one.id.split(':').at(-1) ?? '');
    expect(ids([])).toEqual(['oldest', 'new']);
    expect(ids(['oldest'])).toEqual(['new']);
  });

  it('has each thing under an id of its own', () => {
    const loud = (name: string): ProjectFacts => facts(name, { conflicts: { errors: 1, warnings: 1 }, drifts: [{}] as never, alerts: [alert({ id: `${name}-a`, projectId: `p_${name}` })], operations: [operation({ id: `${name}-op`, state: 'failed' })] });
    const ids = thingsToLookAt([loud('a'), loud('b')], [], []).map((one) => one.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the way back of an operation', () => {
  it('is the backup of its files, or the mode it came from while that is what is in force', () => {
    expect(wayBack(operation({ undoable: true }), project('shop'))).toEqual({ kind: 'undo' });
    expect(wayBack(operation({}), project('shop', { activeMode: 'prod' }))).toEqual({ kind: 'switch', mode: 'dev' });
    expect(wayBack(operation({}), project('shop', { activeMode: 'dev' }))).toBeNull();
    expect(wayBack(operation({ state: 'failed' }), project('shop', { activeMode: 'prod' }))).toBeNull();
    expect(wayBack(operation({ result: { from: null, to: 'prod' } }), project('shop', { activeMode: 'prod' }))).toBeNull();
    expect(wayBack(operation({}), undefined)).toBeNull();
  });

  it('counts the services that run well, without those no longer in the files', () => {
    const service = (state: string, health: string, orphan = false): ServiceList['services'][number] => ({ state, health, orphan }) as never;
    expect(runningOf({ services: [service('running', 'healthy'), service('done', 'none'), service('running', 'unhealthy'), service('exited', 'none'), service('running', 'healthy', true)] })).toEqual({ running: 2, all: 4 });
  });
});

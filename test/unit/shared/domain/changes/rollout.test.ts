import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outageOfUndone } from '@shared/domain/changes/outage';
import { rolloutOf } from '@shared/domain/changes/rollout';
import { changeVerdict } from '@shared/domain/changes/verdict';
import type { ComposeService } from '@shared/domain/compose/model';
import type { ChangeAction } from '@shared/domain/modes/plan';

const service = (...needs: readonly string[]): ComposeService => ({ depends_on: Object.fromEntries(needs.map((one) => [one, { condition: 'service_started', required: true }])) }) as unknown as ComposeService;
const change = (name: string, action: ChangeAction): { readonly service: string; readonly action: ChangeAction } => ({ service: name, action });

describe('rolloutOf', () => {
  it('adds new services in dependency order after what runs, and those before that a changed one needs', () => {
    const services = { db: service(), api: service('db', 'cache'), cache: service(), search: service('api'), worker: service('search') };
    expect(rolloutOf(services, [change('db', 'keep'), change('api', 'recreate'), change('worker', 'create'), change('search', 'create'), change('cache', 'create')])).toEqual({ before: ['cache'], changed: ['api'], after: ['search', 'worker'] });
  });

  it('counts one more container of a service that runs, and services that go, as changes', () => {
    expect(rolloutOf({ web: service() }, [change('web', 'keep'), change('web', 'create'), change('old', 'remove')])).toEqual({ before: [], changed: ['web', 'old'], after: [] });
  });

  it('names each changed service once, and new ones never before what they depend on', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const graph = fc.array(fc.record({ needs: fc.subarray(names), action: fc.constantFrom<ChangeAction>('keep', 'create', 'recreate', 'start') }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(graph, (drawn) => {
        // Only earlier ones are needed: no cycles, which the checks refuse.
        const services = Object.fromEntries(names.map((name, index) => [name, service(...(drawn[index]?.needs ?? []).filter((one) => one < name))]));
        const { before, changed, after } = rolloutOf(services, names.map((name, index) => change(name, drawn[index]?.action ?? 'keep')));
        const all = [...before, ...changed, ...after];
        expect([...all].sort()).toEqual(names.filter((_name, index) => drawn[index]?.action !== 'keep'));
        expect(new Set(all).size).toBe(all.length);
        const fresh = [...before, ...after];
        for (const [index, name] of fresh.entries()) for (const needed of Object.keys(services[name]?.depends_on ?? {})) expect(fresh.slice(index).includes(needed) && needed !== name).toBe(false);
        for (const name of changed) for (const needed of Object.keys(services[name]?.depends_on ?? {})) expect(after).not.toContain(needed);
      }),
    );
  });
});

describe('changeVerdict', () => {
  const tested = { operationId: 'op', at: '2026-01-01T00:00:00.000Z' };
  it('lets only pending changes be deployed whose own test passed', () => {
    expect(changeVerdict(true, { ...tested, ok: true }).deployable).toBe(true);
    for (const [pending, one] of [[false, { ...tested, ok: true }], [true, null], [true, { ...tested, ok: false }], [false, null]] as const) expect(changeVerdict(pending, one).deployable).toBe(false);
  });
});

describe('outageOfUndone', () => {
  const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
  it('counts from the first stop to the last old container that was started', () => {
    const lines = [
      { name: 'container.create', phase: 'intent', at: at(1) },
      { name: 'container.stop', phase: 'intent', at: at(2) },
      { name: 'container.start', phase: 'intent', at: at(3) },
      { name: 'container.stop', phase: 'undo-intent', at: at(5) },
      { name: 'container.start', phase: 'undo-result', at: at(7) },
      { name: 'container.remove', phase: 'undo-result', at: at(9) },
    ];
    expect(outageOfUndone(lines, at(10))).toBe(5_000);
    expect(outageOfUndone(lines.slice(0, 4), at(10))).toBe(8_000);
  });
  it('is nothing where no old container was stopped', () => {
    expect(outageOfUndone([{ name: 'container.start', phase: 'intent', at: at(1) }, { name: 'container.stop', phase: 'undo-intent', at: at(4) }], at(5))).toBe(0);
  });
});

import { expect, it } from 'vitest';
import { decideSwitch, type SwitchDecision } from '@shared/domain/modes/decide-switch';
import { apply, EMPTY, input, loaded } from './world';

const dev = loaded('dev', { db: {}, api: { environment: { MODE: 'dev' } }, web: {}, side: { network_mode: 'service:api' } });
const modes = { dev };
const given = input('dev', modes, EMPTY);
const running = apply(given, decideSwitch(given));
const scope = (services: readonly string[], recreate: readonly string[]) => ({ services: new Set(services), recreate: new Set(recreate) });

function actions(decision: SwitchDecision): { [key: string]: string } {
  return Object.fromEntries(decision.steps.map((one) => [one.service, one.action]));
}

it('makes anew what is asked for, whatever its hash says, and what shares its namespace', () => {
  const decision = decideSwitch({ ...input('dev', modes, running), scope: scope(['api'], ['api']) });
  expect(actions(decision)).toEqual({ db: 'keep', api: 'recreate', web: 'keep', side: 'recreate' });
  expect(decision.images.map((one) => one.service).sort()).toEqual(['api', 'side']);
});

it('leaves alone what is stopped or missing elsewhere', () => {
  const broken = { ...running, containers: running.containers.filter((one) => one.service !== 'web').map((one) => (one.service === 'db' ? { ...one, state: 'exited' as const, exitCode: 1 } : one)) };
  expect(actions(decideSwitch({ ...input('dev', modes, broken), scope: scope(['web'], []) }))).toEqual({ db: 'keep', api: 'keep', web: 'create', side: 'keep' });
  expect(actions(decideSwitch(input('dev', modes, broken)))).toMatchObject({ db: 'start', web: 'create' });
});

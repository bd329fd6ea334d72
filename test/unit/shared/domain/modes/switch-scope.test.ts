import { expect, it } from 'vitest';
import { decideSwitch, type SwitchDecision } from '@shared/domain/modes/decide-switch';
import { apply, container, DIR, EMPTY, input, loaded } from './world';

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

it('makes as many as are asked for, numbered on, and takes those with the highest numbers away again', () => {
  const counts = (web: number) => ({ ...scope(['web'], []), counts: { web } });
  const three = decideSwitch({ ...input('dev', modes, running), scope: counts(3) });
  expect(three.steps.filter((one) => one.action !== 'keep').map((one) => `${one.action} ${one.finalName}: ${one.reasons.join()}`)).toEqual(['create shop-web-2: 3 of it are asked for', 'create shop-web-3: 3 of it are asked for']);
  const scaled = apply({ ...input('dev', modes, running), scope: counts(3) }, three);
  const one = decideSwitch({ ...input('dev', modes, scaled), scope: counts(1) });
  expect(one.steps.filter((step) => step.action !== 'keep').map((step) => `${step.action} ${step.finalName}: ${step.reasons.join()}`)).toEqual(['remove shop-web-2: 1 of it is asked for', 'remove shop-web-3: 1 of it is asked for']);
  expect(decideSwitch(input('dev', modes, scaled)).steps.filter((step) => step.action === 'remove').map((step) => step.reasons)).toEqual([['dev runs 1 of it'], ['dev runs 1 of it']]);
});

it('removes what is named, those of no mode as well, and makes or takes away nothing else', () => {
  const removing = decideSwitch({ ...input('dev', modes, { ...running, networks: [] }), scope: { ...scope(['api'], []), counts: { api: 0 } } });
  expect(actions(removing)).toEqual({ db: 'keep', api: 'remove', web: 'keep', side: 'keep' });
  expect(removing.networks).toMatchObject({ created: [], replaced: [], removed: [] });
  const stray = { ...running, containers: [...running.containers, container('stray', { configFiles: [`${DIR}/other.yml`] })] };
  expect(actions(decideSwitch({ ...input('dev', modes, stray), scope: { ...scope(['stray'], []), counts: { stray: 0 } } }))).toMatchObject({ stray: 'remove', api: 'keep' });
  expect(actions(decideSwitch(input('dev', modes, stray)))).not.toHaveProperty('stray');
});

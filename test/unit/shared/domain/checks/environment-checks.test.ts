import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEnvironment } from '@shared/domain/checks/environment-checks';
import { variableEntries } from '@shared/domain/checks/variable-entries';
import { environmentOf } from '@shared/domain/compose/environment';
import { interpolate, variablesIn } from '@shared/domain/compose/interpolate';
import { linesOfVariables } from '@shared/domain/compose/variables';
import { loadVirtual } from '../compose/virtual-files';
import type { CheckFacts } from '@shared/domain/checks/facts';
import { input, model } from './check-input';

const load = loadVirtual;
const findings = async (...parts: Parameters<typeof load>) => {
  const compose = await load(...parts);
  return checkEnvironment({ ...input(compose.model), compose }).map(({ finding }) => [finding.code, finding.where?.file, finding.where?.line, finding.message]);
};

describe('variables that are not set', () => {
  it('are said once each, with the first place', async () => {
    expect(await findings({ 'compose.yaml': 'services:\n  api:\n    image: "x:${TAG}"\n    command: ["$TAG", "${OTHER:-d}", "$$NONE", "${MORE-}"]\n' })).toEqual([
      ['ENV_UNSET', '/shop/compose.yaml', 3, 'The variable TAG is not set; an empty text is used in its place.'],
    ]);
  });
  it('make no secret and no config: compose refuses them', async () => {
    const file = 'services: {api: {image: x, secrets: [s, t], configs: [c]}}\nsecrets:\n  s:\n    environment: KEY\n  t: {environment: SET}\nconfigs:\n  c: {environment: MOTD}\n  unused: {environment: NONE}\n';
    expect(await findings({ 'compose.yaml': file, '.env': 'SET=\n' })).toEqual([
      ['ENV_UNSET', '/shop/compose.yaml', 4, 'The variable KEY is not set, and the secret s is made from it.'],
      ['ENV_UNSET', '/shop/compose.yaml', 7, 'The variable MOTD is not set, and the config c is made from it.'],
    ]);
  });
  it('a default inside an unused default is none', async () => {
    expect(await findings({ 'compose.yaml': 'services: {api: {image: "${A:-${B}}"}}\n', '.env': 'A=x\n' })).toEqual([]);
    expect((await findings({ 'compose.yaml': 'services: {api: {image: "x${A:-${B}}"}}\n' })).map(([code]) => code)).toEqual(['ENV_UNSET']);
  });
});

describe('values that are hidden', () => {
  it('by the shell, by environment and by a later env_file', async () => {
    const files = { 'compose.yaml': 'services:\n  api:\n    image: x:$TAG\n    env_file: [a.env, b.env]\n    environment:\n      ONE: own\n', '.env': '# tags\nTAG=1\n', 'a.env': 'ONE=a\nTWO=a\nTHREE=a\n', 'b.env': 'TWO=b\nTHREE=a\n' };
    expect(await findings(files, { environment: environmentOf({ TAG: '2' }) })).toEqual([
      ['ENV_SHADOWED', '/shop/.env', 2, 'The value of TAG in .env:2 is not used: the shell sets another one.'],
      ['ENV_SHADOWED', '/shop/a.env', 1, 'ONE of api in env_file a.env:1 is not used: compose.yaml:6 sets another value.'],
      ['ENV_SHADOWED', '/shop/a.env', 2, 'TWO of api in env_file a.env:2 is not used: env_file b.env:1 sets another value.'],
    ]);
  });
  it('one file overriding another is what it is for', async () => {
    expect(await findings({ 'a.yaml': 'services: {api: {image: x, environment: {A: 1}}}\n', 'b.yaml': 'services: {api: {environment: {A: 2}}}\n' }, { names: ['a.yaml', 'b.yaml'] })).toEqual([]);
  });
});

describe('where values come from', () => {
  it('names source, state and what is shadowed, strongest first', async () => {
    const compose = await load(
      {
        'a.yaml': 'services:\n  api:\n    image: x:${TAG:-latest}\n    env_file: api.env\n    environment:\n      - A=1\n      - PASSED\n      - B=${NOWHERE}\n',
        'b.yaml': 'services:\n  api:\n    environment:\n      A: 2\n',
        '.env': 'TAG=3\n',
        'api.env': 'A=0\nC=c\n',
      },
      { names: ['a.yaml', 'b.yaml'] },
    );
    const shown = variableEntries(compose).map(({ name, service, value, source, state, shadowed }) => [service ?? '-', name, value, source, state, shadowed.map((one) => `${one.source}=${one.value}`)]);
    expect(shown).toEqual([
      ['-', 'NOWHERE', '', 'not set', 'unset', []],
      ['-', 'TAG', '3', '.env:1', 'set', ['default in a.yaml:3=latest']],
      ['api', 'A', '2', 'environment of api, b.yaml:4', 'set', ['environment of api, a.yaml:6=1', 'env_file api.env:1=0']],
      ['api', 'B', '', 'environment of api, a.yaml:8', 'set', []],
      ['api', 'C', 'c', 'env_file api.env:2', 'set', []],
      ['api', 'PASSED', '', 'not set', 'unset', []],
    ]);
    expect(variableEntries(compose, 'web')).toEqual([]);
  });
  it('knows defaults, what is inherited and what a file resets', async () => {
    const compose = await load(
      { 'a.yaml': 'services:\n  api: {image: "x:${TAG:-latest}", environment: {A: 1, FROM_SHELL: }}\n', 'b.yaml': 'services:\n  api:\n    environment: !override {A: 2}\n' },
      { names: ['a.yaml', 'b.yaml'], environment: environmentOf({ FROM_SHELL: 's' }) },
    );
    expect(variableEntries(compose).map(({ name, value, state, shadowed }) => [name, value, state, shadowed.length])).toEqual([['TAG', 'latest', 'default', 0], ['A', '2', 'set', 0]]);
  });
  it('the layer that wins has the value that compose loads', async () => {
    const value = fc.option(fc.stringMatching(/^[a-z]{1,3}$/), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ inline: value, file: value }), { minLength: 1, maxLength: 3 }), async (layers) => {
        const files = Object.fromEntries(
          layers.flatMap(({ inline, file }, index): [string, string][] => [
            [`${index}.yaml`, `services:\n  api:\n    image: x\n    env_file: ${index}.env\n${inline === undefined ? '' : `    environment: {V: ${inline}x}\n`}`],
            [`${index}.env`, file === undefined ? '' : `V=${file}\n`],
          ]),
        );
        const compose = await load(files, { names: layers.map((_, index) => `${index}.yaml`) });
        const [first] = compose.variables.environment['api']?.['V'] ?? [];
        expect(first?.value).toBe(compose.model.services['api']?.environment?.['V']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('lines and templates', () => {
  it('finds the last line that sets a name', () => {
    expect([...linesOfVariables('A=1\nexport B = 2\nA: 3\n#A=4\nAB=5\nC\n')]).toEqual([['A', 3], ['B', 2], ['AB', 5], ['C', 6]]);
  });
  it('lists every variable that a template can need', () => {
    expect(variablesIn('$A ${B} $$C ${D:-${E:?no}} ${F-x}').map(({ name, operator }) => `${name}${operator}`)).toEqual(['A', 'B', 'D:-', 'E:?', 'F-']);
    const part = fc.constantFrom('$A', '${B}', '${C:-d}', '${D-$E}', '$$', 'x', '$', '{', '}');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }).map((parts) => parts.join('')), (template) => {
        const listed = new Set(variablesIn(template).map(({ name }) => name));
        const asked = new Set<string>();
        try {
          interpolate(template, (name) => (asked.add(name), undefined));
        } catch {
          return; // no template
        }
        for (const name of asked) expect(listed).toContain(name);
      }),
    );
  });
});

describe('fixes of variables', () => {
  const titles = async (parts: Partial<CheckFacts>, ...given: Parameters<typeof load>) => {
    const compose = await load(...given);
    const base = input(compose.model);
    return checkEnvironment({ compose, facts: { ...base.facts, ...parts } }).map(({ fixes }) => fixes.map(({ title }) => title));
  };
  const unset = { 'compose.yaml': 'services: {api: {image: "x:${TAG}"}}\n' };
  it('write a value into the env file: that of an example, or an empty one', async () => {
    expect(await titles({}, unset)).toEqual([['Write TAG= (empty) into .env']]);
    expect(await titles({ exampleValues: { file: '/shop/.env.example', values: { TAG: '7' } } }, unset)).toEqual([['Write the TAG of .env.example into .env', 'Write TAG= (empty) into .env']]);
  });
  const hidden = { 'compose.yaml': 'services:\n  api:\n    image: x\n    env_file: a.env\n    environment: { ONE: own }\n', 'a.env': 'ONE=a\n' };
  it('take out what nobody reads, and only that', async () => {
    expect(await titles({}, hidden)).toEqual([['Take ONE out of a.env']]);
    expect(await titles({ otherModes: { prod: model({ api: { environment: { ONE: 'a' } } }) } }, hidden)).toEqual([[]]);
    expect(await titles({}, { ...hidden, 'compose.yaml': `${hidden['compose.yaml']}  web: { image: x, env_file: a.env }\n` })).toEqual([[]]);
  });
});

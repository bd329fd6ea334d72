import { describe, expect, it } from 'vitest';
import { contract } from '@shared/contract/contract';
import { describeContract } from '@shared/contract/describe';
import { scoreOf, withRecent } from '../../../src/renderer/src/app/palette-score';
import { inputOf, isOn, shownFields, type Entry } from '../../../src/renderer/src/features/commands/command-form';
import { COMMAND_WAYS, needsPlace, wayTo } from '../../../src/renderer/src/features/commands/command-ways';

const entries = describeContract() as unknown as readonly Entry[];
const entry = (name: string): Entry => {
  const found = entries.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const PROJECT = 'p_0123456789abc';

describe('the form of a command', () => {
  it('asks positional inputs first, then what is needed, and never the project', () => {
    expect(shownFields(entry('services.resources')).map((field) => field.name)).toEqual(['service', 'preset']);
    expect(shownFields(entry('workspaces.resolve')).map((field) => field.name)).toEqual(['key', 'keep']);
    for (const one of entries) expect(shownFields(one).map((field) => field.name), one.name).not.toContain('project');
  });

  it('gives what was typed in its type, and nothing for what was not', () => {
    expect(inputOf(entry('services.restart'), { services: 'api\n web \n\n' }, PROJECT)).toEqual({ input: { project: PROJECT, services: ['api', 'web'] }, problems: [] });
    expect(inputOf(entry('operations.list'), { limit: '5' }, PROJECT).input).toEqual({ project: PROJECT, limit: 5 });
    expect(inputOf(entry('operations.list'), { limit: '' }, null).input).toEqual({});
    expect(inputOf(entry('snapshots.pin'), { id: 's1', pinned: false }, PROJECT).input).toEqual({ project: PROJECT, id: 's1', pinned: false });
    expect(inputOf(entry('settings.set'), { key: 'a', value: '7' }, null).input).toEqual({ key: 'a', value: 7 });
    expect(inputOf(entry('settings.set'), { key: 'a', value: 'seven' }, null).input).toEqual({ key: 'a', value: 'seven' });
  });

  it('says what is missing or wrong', () => {
    expect(inputOf(entry('snapshots.verify'), {}, null)).toEqual({ input: null, problems: ['Open a project first: this command is about one.', 'Still needed: id.'] });
    expect(inputOf(entry('operations.list'), { limit: 'many' }, null)).toEqual({ input: null, problems: ['limit is a number.'] });
  });

  it('shows a switch as its default until it is touched', () => {
    const start = entry('projects.clean').fields.find((field) => field.name === 'start');
    expect([start && isOn(start, {}), start && isOn(start, { start: false })]).toEqual([true, false]);
  });
});

describe('the palette over the contract', () => {
  it('has a way to every command: a place of its own, or a form that the window can send', () => {
    for (const one of entries) {
      expect(wayTo(one) !== null || !needsPlace(one), one.name).toBe(true);
    }
  });

  it('goes to places only for what exists', () => {
    for (const name of Object.keys(COMMAND_WAYS)) expect(Object.hasOwn(contract, name), name).toBe(true);
  });

  it('never runs what must be shown first by a mere form', () => {
    for (const name of ['modes.switch', 'projects.trust', 'projects.clean', 'snapshots.restore', 'disk.clean']) expect(COMMAND_WAYS[name], name).toBeDefined();
  });

  it('finds by the letters of a name first, then by words of the description', () => {
    const verify = scoreOf('snapshots verify', 'snver');
    const described = scoreOf('objects restore', 'older version', ['Make an older version of an object the current one.']);
    expect(verify).toBeGreaterThan(described);
    expect(described).toBeGreaterThan(0);
    expect(scoreOf('objects restore', 'banana', ['Make an older version of an object the current one.'])).toBe(0);
  });

  it('keeps what was used last, newest first, each once', () => {
    expect(withRecent(['b', 'a'], 'a')).toEqual(['a', 'b']);
    expect(withRecent(['1', '2', '3', '4', '5', '6'], '7')).toEqual(['7', '1', '2', '3', '4', '5']);
  });
});

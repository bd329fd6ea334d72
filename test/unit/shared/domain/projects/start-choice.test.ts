import { describe, expect, it } from 'vitest';
import { canStop, startChoice } from '@shared/domain/projects/start-choice';

const project = { modes: [{ name: 'dev' }, { name: 'prod' }], activeMode: null };
const service = (state: string, containers = 1): { state: string; containerIds: string[] } => ({ state, containerIds: Array.from({ length: containers }, (_, index) => String(index)) });

describe('what Start and Stop mean', () => {
  it('brings a project without containers up in its first mode', () => {
    expect(startChoice(project, [service('absent', 0)])).toEqual({ kind: 'switch', mode: 'dev' });
    expect(startChoice({ ...project, modes: [] }, [])).toEqual({ kind: 'none' });
  });
  it('starts what is stopped and leaves what runs or is done', () => {
    expect(startChoice(project, [service('running'), service('exited')])).toEqual({ kind: 'start' });
    expect(startChoice(project, [service('running'), service('done'), service('absent', 0)])).toEqual({ kind: 'none' });
  });
  it('has something to stop only while something runs', () => {
    expect(canStop([service('exited'), service('running')])).toBe(true);
    expect(canStop([service('exited'), service('done'), service('absent', 0)])).toBe(false);
  });
});

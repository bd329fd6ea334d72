import type { Runtime } from '../../lib/model';
import type { Mark } from '../../ui/state-mark';

type ComponentState = Runtime['components'][number]['state'];

const WORST: readonly ComponentState[] = ['failed', 'stopped', 'waiting', 'paused', 'starting', 'running'];

const MARKS: { readonly [state in ComponentState]: Mark } = { failed: 'bad', stopped: 'off', waiting: 'warn', paused: 'off', starting: 'busy', running: 'good' };

/** The shape of a component's state. */
export function componentMark(state: ComponentState): Mark {
  return MARKS[state];
}

/** The components as one: the worst state, and which have it. All running: nobody is named. */
export function worstOf(components: Runtime['components']): { readonly state: ComponentState; readonly names: readonly string[] } {
  const state = WORST.find((one) => components.some((component) => component.state === one)) ?? 'stopped';
  return { state, names: state === 'running' ? [] : components.filter((component) => component.state === state).map((component) => component.name) };
}

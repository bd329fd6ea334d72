import { expect, it } from 'vitest';
import { whenAsked } from '@shared/kernel/when-asked';

it('works a part out once, and only when it is asked for', () => {
  let times = 0;
  const made = whenAsked<{ readonly name: string }, { size: number }>({ name: 'web' }, { size: () => (times += 1) });
  expect(times).toBe(0);
  expect(made.size).toBe(1);
  expect(made.size).toBe(1);
  expect(times).toBe(1);
});

it('is a value like any other: compared, copied and written with all its parts', () => {
  const made = (): object => whenAsked<{ readonly name: string }, { parts: readonly number[] }>({ name: 'web' }, { parts: () => [1, 2] });
  const whole = { name: 'web', parts: [1, 2] };
  expect(made()).toEqual(whole);
  expect({ ...made() }).toEqual(whole);
  expect(structuredClone(made())).toEqual(whole);
  expect(JSON.stringify(made())).toBe(JSON.stringify(whole));
  expect(Object.keys(made())).toEqual(['name', 'parts']);
});

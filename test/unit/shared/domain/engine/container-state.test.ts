import { expect, it } from 'vitest';
import { containerStateFromList, startedAgain, statesFingerprint, upSecondsOf } from '@shared/domain/engine/container-state';

it('reads how long a container has been up, and never less than before while it stays up', () => {
  const words = ['Less than a second', '1 second', '59 seconds', 'About a minute', '5 minutes', 'About an hour', '3 hours', '2 days', '3 weeks', '4 months', '2 years'];
  const seconds = words.map((one) => upSecondsOf(`Up ${one} (healthy)`) ?? -1);
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  expect(seconds[0]).toBe(0);
  expect(upSecondsOf('Exited (0) 5 minutes ago')).toBeNull();
});

it('changes its fingerprint with state and health, not with the time that passes', () => {
  const row = (State: string, Status: string) => containerStateFromList({ Id: 'c1', Names: ['/shop-web-1'], State, Status, Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' } });
  const five = row('running', 'Up 5 minutes (healthy)');
  expect(five).toMatchObject({ project: 'shop', service: 'web', health: 'healthy', upSeconds: 300 });
  expect(statesFingerprint([five])).toBe(statesFingerprint([row('running', 'Up 6 minutes (healthy)')]));
  expect(statesFingerprint([five])).not.toBe(statesFingerprint([row('running', 'Up 5 minutes (unhealthy)')]));
  expect(startedAgain([five], [row('running', 'Up 6 minutes (healthy)')])).toBe(false);
  expect(startedAgain([five], [row('running', 'Up 2 seconds (healthy)')])).toBe(true);
});

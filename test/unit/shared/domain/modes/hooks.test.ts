import { expect, it } from 'vitest';
import { decideSwitch } from '@shared/domain/modes/decide-switch';
import { hooksOf, hooksOfContainer } from '@shared/domain/modes/hooks';
import { container, EMPTY, input, loaded } from './world';

const dev = loaded('dev', { api: { pre_stop: [{ command: ['flush'], user: 'root', working_dir: '/data', environment: { NAME: 'x', EMPTY: '', UNSET: null } }] } });
const prod = loaded('prod', { api: { pre_stop: [{ command: ['other'] }], environment: { MODE: 'prod' } } });

it('reads what the file says of a hook', () => {
  expect(hooksOf(dev.model.services['api'] ?? {}, 'pre_stop')).toEqual([{ command: ['flush'], user: 'root', workingDir: '/data', environment: ['NAME=x', 'EMPTY='], privileged: false }]);
  expect(hooksOf(dev.model.services['api'] ?? {}, 'post_start')).toEqual([]);
});

it('takes the hooks of a container from the mode that made it', () => {
  const made = { service: 'api', configHash: prod.hashes['api']?.v5 ?? '' };
  expect(hooksOfContainer({ dev, prod }, made, 'pre_stop').map((one) => one.command)).toEqual([['other']]);
  expect(hooksOfContainer({ dev, prod }, { ...made, configHash: 'nobody' }, 'pre_stop').map((one) => one.command)).toEqual([['flush']]);
  expect(hooksOfContainer({ dev, prod }, container('gone'), 'pre_stop')).toEqual([]);
});

it('refuses a hook with more rights than its container, and no other', () => {
  const findings = (privileged: boolean): readonly string[] => {
    const one = loaded('dev', { api: { post_start: [{ command: ['x'], privileged }] } });
    return decideSwitch(input('dev', { dev: one }, EMPTY)).findings.map((found) => found.code);
  };
  expect(findings(true)).toEqual(['UNSUPPORTED_KEY']);
  expect(findings(false)).toEqual([]);
});

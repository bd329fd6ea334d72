import { describe, expect, it } from 'vitest';
import { refusedKey } from '@shared/domain/modes/refused-key';
import type { ComposeService } from '@shared/domain/compose/model';

const service = (parts: Partial<ComposeService>): ComposeService => ({ command: null, entrypoint: null, ...parts });

describe('the key that the engine refused', () => {
  it.each<readonly [string, Partial<ComposeService>, string | undefined]>([
    ['Error looking up logging plugin nope: plugin "nope" not found.', { logging: { driver: 'nope' } }, 'logging'],
    ["Unknown log opt 'foo' for json-file log driver.", { logging: { options: { foo: 'bar' } } }, 'logging'],
    ['Unknown runtime specified xx.', { runtime: 'xx' }, 'runtime'],
    ['Invalid CapAdd: unknown capability: "CAP_NOPE".', { cap_add: ['NOPE'] }, 'cap_add'],
    ['unable to find user nobody: no matching entries in passwd file.', { user: 'nobody' }, 'user'],
    ['unable to find group x: no matching entries in group file.', { user: '1:x' }, 'user'],
    ['error during container init: open /proc/sys/net/foo: no such file or directory.', { sysctls: { 'net.foo': '1' }, command: ['x'] }, 'sysctls'],
    ['error gathering device information while adding custom device "/dev/nope"', { devices: [{ source: '/dev/nope', target: '/dev/nope', permissions: 'rwm' }] }, 'devices'],
    ['Minimum memory limit allowed is 6MB.', { deploy: { placement: {}, resources: { limits: { memory: '1' } } } }, 'deploy'],
    ['exec: "nosuch": executable file not found in $PATH.', { entrypoint: ['nosuch'], command: ['x'] }, 'entrypoint'],
    ['exec: "nosuch": executable file not found in $PATH.', { command: ['nosuch'] }, 'command'],
    ['exec: "nosuch": executable file not found in $PATH.', {}, undefined],
    ['something else', { command: ['x'] }, undefined],
  ])('%s', (message, parts, key) => expect(refusedKey(message, service(parts))).toBe(key));
});

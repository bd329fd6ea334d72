import { describe, expect, it } from 'vitest';
import type { Engine } from '@main/docker/types';
import { runHook } from '@main/snapshots/hooks';

const never = new AbortController().signal;

/** A container in which a command says this and ends so; with `locked` it ends when its input does. */
function container(says: string, code: number, locked = false): { readonly engine: Pick<Engine, 'exec'>; readonly commands: string[]; readonly open: () => boolean } {
  const commands: string[] = [];
  let open = false;
  return {
    commands,
    open: () => open,
    engine: {
      exec: (_id, command, onOutput, _signal, attach) => {
        commands.push(command.join(' '));
        open = true;
        return new Promise((resolve) => {
          const end = (): void => {
            open = false;
            resolve(code);
          };
          attach?.onStarted({ write: () => Promise.resolve(), end, resize: () => Promise.resolve(), pause: () => undefined, resume: () => undefined });
          onOutput('stdout', new TextEncoder().encode(says.slice(0, 3)));
          onOutput('stdout', new TextEncoder().encode(says.slice(3)));
          if (!locked) end();
        });
      },
    },
  };
}

describe('a hook', () => {
  it('has worked when its command ended well', async () => {
    const { engine, commands } = container('', 0);
    await (await runHook(engine, 'db', 'postgres', never)).release();
    expect(commands[0]).toContain('CHECKPOINT');
  });

  it('holds the lock of mysql until it is let go', async () => {
    const { engine, open } = container('berth-locked\n', 0, true);
    const hook = await runHook(engine, 'db', 'mysql', never);
    expect(open()).toBe(true);
    await hook.release();
    expect(open()).toBe(false);
  });

  it.each([
    ['mysql', '', 1, 'its client ended with code 1'],
    ['mysql', '', 127, 'its image has no client for it'],
    ['postgres', '', 2, 'its client ended with code 2'],
    // It ends with 0 whatever the server says.
    ['redis', 'NOAUTH Authentication required.', 0, 'its client ended with code 0'],
  ] as const)('has not worked in %s that says "%s" and ends with %d', async (family, says, code, why) => {
    await expect(runHook(container(says, code).engine, 'db', family, never)).rejects.toThrow(why);
  });

  it('never tells what a command printed', async () => {
    await expect(runHook(container('password=secret', 1).engine, 'db', 'postgres', never)).rejects.not.toThrow('secret');
  });
});

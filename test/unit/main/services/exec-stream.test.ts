import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { END_OWNED_MS, tellingItsNumber } from '@shared/domain/services/owned-command';
import { AttachedCommands, servicesHandlers, type ServicesService } from '@main/services/index';
import { AppError } from '@shared/kernel/app-error';

/** An engine with much to do: it starts a command this long after it was asked to, and the command says its number a while later. */
function slowEngine(startsAfterMs: number, saysAfterMs = 0): { readonly deps: Parameters<typeof servicesHandlers>[0]; readonly service: ServicesService; readonly ran: string[] } {
  const ran: string[] = [];
  const exec = async (_id: string, command: readonly string[], onOutput: (stream: 'stdout', data: Uint8Array) => void, signal: AbortSignal, attach?: { readonly onStarted: (running: unknown) => void }): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, startsAfterMs));
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const isOwned = command[2] === tellingItsNumber([])[2];
    ran.push(isOwned ? 'shell' : `end of ${command.at(-1) ?? ''}`);
    if (!isOwned) return 0;
    attach?.onStarted({ write: () => Promise.resolve() });
    await new Promise((resolve) => setTimeout(resolve, saysAfterMs));
    onOutput('stdout', new TextEncoder().encode('42\n'));
    return new Promise((_resolve, reject) => {
      const over = (): void => reject(new AppError('cancelled', 'Cancelled.'));
      if (signal.aborted) over();
      signal.addEventListener('abort', over);
    });
  };
  const deps = { engine: { as: () => ({ exec }) }, projects: { resolve: () => Promise.resolve({ id: 'p_1', dir: '/shop' }), authorization: () => Promise.resolve(null) } } as unknown as Parameters<typeof servicesHandlers>[0];
  const container = { id: 'c1', service: 'web', oneOff: false, state: 'running', workingDir: '/shop', labels: { 'com.docker.compose.project.working_dir': '/shop' } };
  const service = { look: () => Promise.resolve({ observed: { containers: [container] }, loaded: {} }) } as unknown as ServicesService;
  return { deps, service, ran };
}

describe('a command that belongs to a window', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const over = new AbortController();
      setTimeout(() => over.abort(), ms);
      return over.signal;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  async function attach(startsAfterMs: number, closedAfterMs: number): Promise<readonly string[]> {
    const { deps, service, ran } = slowEngine(startsAfterMs);
    const attached = new AttachedCommands();
    const closed = new AbortController();
    const ended = servicesHandlers(deps, service, attached)['services.attach']({ project: 'shop', service: 'web', command: ['sh'], input: 'of-a-test', owned: true, paced: false }, { door: 'window', signal: closed.signal }, () => undefined).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(closedAfterMs);
    closed.abort();
    const over = attached.endOwned();
    await vi.advanceTimersByTimeAsync(startsAfterMs * 2);
    await Promise.all([ended, over]);
    return ran;
  }

  it('is ended where the engine takes long to start what ends it', async () => {
    expect(END_OWNED_MS).toBeGreaterThan(10_000);
    expect(await attach(6_000, 7_000)).toEqual(['shell', 'end of 42']);
  });

  it('takes nothing that is typed before it has said its number: a terminal would show that first', async () => {
    const { deps, service, ran } = slowEngine(0, 1_000);
    const attached = new AttachedCommands();
    const handlers = servicesHandlers(deps, service, attached);
    const items: unknown[] = [];
    const closed = new AbortController();
    const ended = handlers['services.attach']({ project: 'shop', service: 'web', command: ['sh'], input: 'of-a-test', owned: true, paced: false, tty: { columns: 80, rows: 24 } }, { door: 'window', signal: closed.signal }, (item) => items.push(item)).catch(() => undefined);
    const type = (): Promise<unknown> => handlers['services.attach-input']({ input: 'of-a-test', base64: 'bHMK', end: false }, { door: 'window', signal: new AbortController().signal });
    await vi.advanceTimersByTimeAsync(999);
    expect([items, await type()]).toEqual([[], { open: false }]);
    await vi.advanceTimersByTimeAsync(1);
    expect([items, await type()]).toEqual([[{ type: 'started' }], { open: true }]);
    closed.abort();
    await vi.advanceTimersByTimeAsync(1_000);
    await ended;
    expect(ran).toEqual(['shell', 'end of 42']);
  });

  it('is ended where its window closes before the engine has started it', async () => {
    expect(await attach(5_000, 100)).toEqual(['shell', 'end of 42']);
  });
});

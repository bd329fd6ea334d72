import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AttachedCommands, servicesHandlers, ServicesService } from '@main/services/index';
import type { OutputOf } from '@shared/contract/contract';
import { openWorld, type World } from '../modes/kit';
import { idsOf, smallShop } from '../modes/small-shop';

const run = promisify(execFile);
let project: Awaited<ReturnType<typeof smallShop>>;
let world: World;
let attached: AttachedCommands;
let handlers: ReturnType<typeof servicesHandlers>;

beforeAll(async () => {
  project = await smallShop();
  world = await openWorld();
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  const deps = { engine: world.engine, projects: world.projects };
  attached = new AttachedCommands();
  handlers = servicesHandlers(deps, new ServicesService(deps), attached);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

interface Shell {
  /** What it wrote so far. */
  text(): string;
  says(text: string | RegExp): Promise<void>;
  type(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  taken(bytes: number): Promise<void>;
  bytes(): number;
  close(): void;
  readonly exitCode: () => number | null;
  readonly ended: Promise<void>;
}

let names = 0;

function open(service: string, options: { readonly command?: string[]; readonly tty?: boolean; readonly paced?: boolean } = {}): Shell {
  names += 1;
  const input = `terminal-of-a-test-${String(names).padStart(4, '0')}`;
  const over = new AbortController();
  const call = { door: 'internal', signal: new AbortController().signal } as const;
  const chunks: Buffer[] = [];
  let exitCode: number | null = null;
  let look: () => void = () => undefined;
  const ended = handlers['services.attach'](
    { project: project.dir, service, command: options.command ?? [], input, ...(options.tty === false ? {} : { tty: { columns: 80, rows: 24 } }), owned: true, paced: options.paced ?? false },
    { door: 'internal', signal: over.signal },
    (item: OutputOf<'services.attach'>) => {
      if (item.type === 'output') chunks.push(Buffer.from(item.base64, 'base64'));
      if (item.type === 'exit') exitCode = item.code;
      look();
    },
  ).then(() => undefined);
  const text = (): string => Buffer.concat(chunks).toString();
  return {
    text,
    says: (wanted) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text())) resolve();
        };
        void ended.then(() => (look(), reject(new Error(`It ended without ${String(wanted)}: ${text()}`))), reject);
        look();
      }),
    type: async (typed) => void (await handlers['services.attach-input']({ input, base64: Buffer.from(typed).toString('base64'), end: false }, call)),
    resize: async (columns, rows) => void (await handlers['services.attach-resize']({ input, columns, rows }, call)),
    taken: async (bytes) => void (await handlers['services.attach-taken']({ input, bytes }, call)),
    bytes: () => chunks.reduce((sum, one) => sum + one.length, 0),
    close: () => over.abort(),
    exitCode: () => exitCode,
    ended,
  };
}

/** The commands that run in the container of a service now, as the container sees them. */
async function processesOf(service: string): Promise<string> {
  return (await run('docker', ['exec', (await idsOf(project))[service] ?? '', 'ps', '-o', 'args'])).stdout;
}

it('opens the shell of the container, in the size it is told, then and later', async () => {
  const shell = open('db');
  await shell.says(/[#$] /);
  await shell.type('stty size\n');
  await shell.says('24 80');
  await shell.resize(132, 40);
  await shell.type('stty size; echo "cols=$COLUMNS-"\n');
  await shell.says('40 132');
  await shell.says('cols=-');
  // The number it tells first is not shown.
  expect(shell.text()).not.toMatch(/^\d+\r?\n/);
  await shell.type('exit 3\n');
  await shell.ended;
  expect(shell.exitCode()).toBe(3);
});

it('ends everything in it when nobody listens any more, also what does not want to', async () => {
  const shell = open('db');
  await shell.says(/[#$] /);
  await shell.type('trap "" HUP; sleep 4001 & sleep 4002\n');
  await expect.poll(() => processesOf('db'), { timeout: 10_000 }).toContain('sleep 4002');
  shell.close();
  await expect(shell.ended).rejects.toMatchObject({ code: 'cancelled' });
  const left = await processesOf('db');
  expect(left).not.toMatch(/sleep 400[12]/);
  expect(left).toContain('sleep 100000');
});

it('ends one that is given up before it said a word', async () => {
  const shell = open('db', { command: ['sleep', '4003'], tty: false });
  shell.close();
  await shell.ended.catch(() => undefined);
  expect(await processesOf('db')).not.toContain('sleep 4003');
});

it('ends what is owned when the process goes', async () => {
  const shell = open('db', { command: ['sh', '-c', 'echo up; sleep 4004'], tty: false });
  await shell.says('up');
  await attached.endOwned();
  expect(await processesOf('db')).not.toContain('sleep 4004');
  await shell.ended.catch(() => undefined);
});

it('lets a paced command write no faster than it is read', async () => {
  const shell = open('db', { command: ['sh', '-c', 'yes 0123456789012345678901234567890123456789'], tty: false, paced: true });
  await expect.poll(() => shell.bytes(), { timeout: 10_000 }).toBeGreaterThan(128 * 1024);
  let before = -1;
  // It stands still once it is so far ahead.
  await expect.poll(() => [before === shell.bytes(), (before = shell.bytes())][0], { timeout: 10_000, interval: 300 }).toBe(true);
  expect(before).toBeLessThan(1_000_000);
  await shell.taken(before);
  await expect.poll(() => shell.bytes(), { timeout: 10_000 }).toBeGreaterThan(before + 100_000);
  shell.close();
  await shell.ended.catch(() => undefined);
  expect(await processesOf('db')).not.toContain('yes 0123');
});

it('says that a container has no shell, and that one does not run', async () => {
  const id = (await idsOf(project))['web'] ?? '';
  await run('docker', ['exec', id, 'rm', '/bin/sh']);
  await expect(open('web').ended).rejects.toMatchObject({ code: 'not-supported', message: 'The image of web has no shell.' });
  await run('docker', ['stop', '-t', '1', id]);
  await expect(open('web').ended).rejects.toMatchObject({ code: 'service-not-found', message: 'web does not run.' });
});

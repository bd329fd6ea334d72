import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startLocalApi } from '@main/api/server';
import { createDispatcher } from '@main/dispatch';
import type { Handlers } from '@main/dispatch/types';
import { silentLogger } from '@main/platform/logger';
import { createServices, type Services } from '@main/services';
import { contract } from '@shared/contract/contract';
import type { ContractEntry } from '@shared/contract/define';
import { AppError } from '@shared/kernel/app-error';
import { seededRandom } from '../../support/random';
import { ask, JSON_TYPE, startKit, type ApiKit, type RawAnswer } from './kit';

const REQUESTS_PER_ROUTE = 500;
const AT_ONCE = 8;
const SEED = Number(process.env['BERTH_FUZZ_SEED'] ?? 20_260_101);
const ENTRIES = Object.entries(contract) as [string, ContractEntry][];

let kit: ApiKit;
const bugs: string[] = [];

/** What a handler would do with the engine is not asked here: each answers, or refuses, at once. */
function cheapHandlers(): Handlers {
  const answer = (input: unknown): Promise<unknown> => (JSON.stringify(input).length % 2 === 0 ? Promise.resolve(null) : Promise.reject(new AppError('project-not-found', 'There is no such project.')));
  const stream = async (input: unknown, _call: unknown, push: (item: unknown) => void): Promise<void> => {
    push(await answer(input));
  };
  return Object.fromEntries(ENTRIES.filter(([, entry]) => entry.kind !== 'operation').map(([name, entry]) => [name, entry.kind === 'stream' ? stream : answer])) as unknown as Handlers;
}

beforeAll(async () => {
  const dispatcher = createDispatcher({
    handlers: cheapHandlers(),
    operations: { enqueue: (kind, input) => (JSON.stringify(input).length % 3 === 0 ? Promise.reject(new AppError('trust-required', 'The project is not trusted.')) : Promise.resolve({ id: `o_${kind}` } as never)) },
    logger: silentLogger,
    onBug: (message) => bugs.push(message),
    checkOutput: false,
  });
  kit = await startKit({ dispatcher });
});
afterAll(() => kit.close());

type Random = () => number;

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

const STRANGE: readonly unknown[] = [null, true, false, 0, -1, 1e308, -0.5, 2 ** 53, '', ' ', '\0', '../../etc/passwd', '%00%2e%2e', '\ud800', '💥', "'; DROP TABLE operations; --", '${HOME}', [], {}, [[]], [null], { toString: 1, valueOf: 1 }, { length: -1 }, { then: 'x' }, 'NaN', '1e400', '-0', '9'.repeat(400)];
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', '', '0', '\u0000', 'x'.repeat(2_000)];

const SNAPSHOT = 's_0123456789ABCDEFGHJKMNPQRS';

/** Fits the JSON schema, mostly. */
function fitting(random: Random, schema: { readonly [key: string]: unknown }, depth: number): unknown {
  if (depth > 6) return null;
  const union = (schema['anyOf'] ?? schema['oneOf']) as { readonly [key: string]: unknown }[] | undefined;
  if (union !== undefined) return fitting(random, pick(random, union), depth + 1);
  if (schema['const'] !== undefined) return schema['const'];
  if (typeof schema['pattern'] === 'string' && schema['pattern'].startsWith('^s_')) return SNAPSHOT;
  if (typeof schema['pattern'] === 'string' && schema['pattern'].startsWith('^[0-9a-f]{40')) return 'c0ffee00'.repeat(5);
  if (schema['enum'] !== undefined) return pick(random, schema['enum'] as unknown[]);
  switch (schema['type']) {
    case 'string':
      return pick(random, ['a', 'dev', 'shop', 'p_0123456789abcdef', '/tmp/x', 'x'.repeat(1 + Math.floor(random() * 64))]);
    case 'integer':
    case 'number':
      return pick(random, [0, 1, 5, 100, 1_000, Math.floor(random() * 1e6)]);
    case 'boolean':
      return random() < 0.5;
    case 'array':
      return Array.from({ length: Math.floor(random() * 4) }, () => fitting(random, (schema['items'] ?? {}) as { [key: string]: unknown }, depth + 1));
    case 'object': {
      const properties = (schema['properties'] ?? {}) as { readonly [name: string]: { readonly [key: string]: unknown } };
      const required = (schema['required'] ?? []) as readonly string[];
      return Object.fromEntries(Object.entries(properties).filter(([name]) => required.includes(name) || random() < 0.6).map(([name, of]) => [name, fitting(random, of, depth + 1)]));
    }
    default:
      return pick(random, STRANGE);
  }
}

/** One request's body: fitting, bent in one or more places, or no JSON at all. */
function mutated(random: Random, schema: { readonly [key: string]: unknown }): string {
  const value = fitting(random, schema, 0) as { [name: string]: unknown };
  const kind = random();
  if (kind < 0.2) return JSON.stringify(value);
  if (kind < 0.5) {
    for (const name of Object.keys(value)) if (random() < 0.5) value[name] = pick(random, STRANGE);
    return JSON.stringify(value);
  }
  if (kind < 0.6) return JSON.stringify({ ...value, [pick(random, Object.keys((schema['properties'] ?? { project: 1 }) as object).concat('project'))]: 'x'.repeat(Math.floor(random() * 300_000)) });
  if (kind < 0.7) {
    const levels = pick(random, [10, 63, 64, 65, 1_000, 50_000]);
    const [open, shut] = pick(random, [['[', ']'], ['{"a":', '}']] as const);
    return `{"${pick(random, Object.keys(value).concat('input'))}":${open.repeat(levels)}1${shut.repeat(levels)}}`;
  }
  if (kind < 0.85) {
    // By hand: an object literal would take "__proto__" for what it is not.
    const inner = pick(random, ['{"polluted":true}', 'null', '1', '{"constructor":{"prototype":{"polluted":true}}}']);
    const whole = JSON.stringify(value);
    return `{${JSON.stringify(pick(random, NAMES))}:${inner}${whole === '{}' ? '}' : `,${whole.slice(1)}`}`;
  }
  if (kind < 0.92) return JSON.stringify(pick(random, STRANGE));
  const text = JSON.stringify(value);
  const at = Math.floor(random() * text.length);
  return text.slice(0, at) + pick(random, ['', '"', '}', '\u0000', '\ufeff', ',,']) + text.slice(at + 1);
}

async function send(path: string, body: string): Promise<{ readonly answer: RawAnswer; readonly tookMs: number }> {
  const startedMs = performance.now();
  const answer = await ask({ socketPath: kit.socketPath }, 'POST', path, { body, headers: JSON_TYPE });
  return { answer, tookMs: performance.now() - startedMs };
}

describe(`mutated requests (BERTH_FUZZ_SEED=${SEED})`, () => {
  it.each(ENTRIES.map(([name]) => name))('%s', async (name) => {
    const index = ENTRIES.findIndex(([one]) => one === name);
    const random = seededRandom(SEED + index);
    const schema = z.toJSONSchema(ENTRIES[index]?.[1].input ?? z.object({}), { io: 'input', unrepresentable: 'any' }) as { [key: string]: unknown };
    const bodies = Array.from({ length: REQUESTS_PER_ROUTE }, () => mutated(random, schema));
    const statuses = new Set<number>();
    for (let begin = 0; begin < bodies.length; begin += AT_ONCE) {
      const sent = bodies.slice(begin, begin + AT_ONCE);
      const answers = await Promise.all(sent.map((body) => send(`/v1/${name}`, body)));
      for (const [at, { answer, tookMs }] of answers.entries()) {
        const told = `request ${begin + at}, ${sent[at]?.slice(0, 200) ?? ''}: ${answer.status} ${answer.text.slice(0, 200)}`;
        statuses.add(answer.status);
        expect(answer.status, told).toBeLessThan(500);
        expect(tookMs, told).toBeLessThan(1_000);
        for (const line of answer.text.split('\n').filter((one) => one !== '')) expect(() => JSON.parse(line) as unknown, told).not.toThrow();
      }
    }
    expect(bugs).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(statuses, 'some get through').toContain(200);
    expect(statuses, 'some do not').toContain(400);
  });
});

describe('the real handlers of what only looks, without an engine', () => {
  const QUERIES = ENTRIES.filter(([, entry]) => entry.kind === 'query').map(([name]) => name);
  const REAL_REQUESTS = 20;
  let home: string;
  let services: Services;
  const dockerHost = process.env['DOCKER_HOST'];

  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'berth-fuzz-')));
    process.env['DOCKER_HOST'] = `unix://${join(home, 'no-engine.sock')}`;
    await mkdir(join(home, 'shop'));
    await writeFile(join(home, 'shop', 'docker-compose.dev.yml'), 'services:\n  api:\n    image: busybox\n    command: ["sleep", "1"]\n    volumes: ["./data:/data"]\n');
    services = await createServices({ home: join(home, 'state'), version: '1.2.3', checkOutput: true, live: false, host: 'serve' });
    services.attachApi(() => startLocalApi({ ...services.apiParts(), version: '1.2.3' }));
    await services.start();
    const opened = await services.dispatcher.call('projects.open', { dir: join(home, 'shop') }, { door: 'cli', signal: new AbortController().signal });
    expect(opened.ok).toBe(true);
  });
  afterAll(async () => {
    await services.close();
    if (dockerHost === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = dockerHost;
    await rm(home, { recursive: true, force: true });
  });

  it.each(QUERIES)('%s answers or refuses, and never breaks', { timeout: 60_000 }, async (name) => {
    const index = ENTRIES.findIndex(([one]) => one === name);
    const random = seededRandom(SEED + 1_000 + index);
    const schema = z.toJSONSchema(ENTRIES[index]?.[1].input ?? z.object({}), { io: 'input', unrepresentable: 'any' }) as { [key: string]: unknown };
    const properties = (schema['properties'] ?? {}) as { readonly [name: string]: unknown };
    for (let turn = 0; turn < REAL_REQUESTS; turn += 1) {
      const input = fitting(random, schema, 0) as { [field: string]: unknown };
      // What the handler itself has to cope with: a project that is there, and values beside it that fit the schema or nearly do.
      if ('project' in properties && random() < 0.8) input['project'] = join(home, 'shop');
      for (const field of Object.keys(input)) if (field !== 'project' && random() < 0.3) input[field] = pick(random, STRANGE);
      const answer = await ask({ socketPath: services.apiParts().socketPath }, 'POST', `/v1/${name}`, { body: JSON.stringify(input), headers: JSON_TYPE });
      const told = `${JSON.stringify(input).slice(0, 300)}: ${answer.status} ${answer.text.slice(0, 300)}`;
      const body = JSON.parse(answer.text) as { readonly ok: boolean; readonly error?: { readonly code: string; readonly message: string } };
      if (body.ok) continue;
      expect(body.error?.code, told).not.toBe('internal');
      expect(body.error?.message, told).toMatch(/\S/);
    }
  });
});

import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustQuestions, untrustedFacts } from '@shared/domain/checks/trust';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { AppError } from '@shared/kernel/app-error';
import { ComposeService } from '@main/compose/service';
import { factsOfModel } from '@main/projects/service';
import { EngineOracle } from '../../support/engine-oracle';
import { judgeAll, outsideOf } from '../../support/judged-calls';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/hostile');

interface Row {
  readonly file: string;
  /** allow: nothing is asked beyond the general question. ask: named in the trust question. refuse: cannot be agreed to. */
  readonly verdict: 'allow' | 'ask' | 'refuse';
  /** Words of the question or of the refusal. */
  readonly words: string;
}

const TABLE = JSON.parse(await readFile(join(FIXTURES, 'table.json'), 'utf8')) as readonly Row[];
/** Facts that no payload shows: what was read, what a hook runs, what a build is made from and given in its session, whose a volume is. */
const NOT_IN_PAYLOAD = /^(?:hook|reads-outside|build-outside|build-secret|build-ssh|foreign-volume):/;

const compose = new ComposeService({ environment: {} });
let parent = '';
let dir = '';

beforeAll(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'bt-hostile-')));
  dir = join(parent, 'shop');
  for (const folder of ['data', 'a', '../outside/deep', '../shop-secret']) await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, 'Dockerfile'), 'FROM scratch\n');
  await writeFile(join(dir, 'inner.yml'), 'services: {}\n');
  await writeFile(join(dir, 'reserved.labels'), 'com.docker.compose.project=other\n');
  const outside = outsideOf(dir);
  await writeFile(join(outside, 'env'), 'TOKEN=1\n');
  await writeFile(join(outside, 'secret.txt'), 'root:x:0:0\n');
  await writeFile(join(outside, 'included.yml'), 'services:\n  inner:\n    image: busybox\n');
  await symlink(outside, join(dir, 'out'));
  await symlink('/var/run/docker.sock', join(dir, 'socket-link'));
});
afterAll(async () => {
  compose.close();
  await rm(parent, { recursive: true, force: true });
});

interface Outcome {
  readonly verdict: Row['verdict'];
  readonly words: string;
}

async function outcomeOf(file: string): Promise<Outcome> {
  await cp(join(FIXTURES, file), join(dir, 'compose.yml'));
  let loaded: LoadedCompose;
  try {
    loaded = await compose.load({ dir, files: ['compose.yml'], envFiles: [], profiles: [], projectName: 'shop' });
  } catch (error) {
    // Anything but a plain refusal is a bug.
    if (!(error instanceof AppError) || error.code === 'internal') throw error;
    return { verdict: 'refuse', words: error.message };
  }
  const errors = loaded.findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) return { verdict: 'refuse', words: errors.map((finding) => finding.message).join('\n') };
  return judgedOutcome(loaded);
}

async function judgedOutcome(loaded: LoadedCompose): Promise<Outcome> {
  const facts = await factsOfModel(loaded, dir);
  expect((await judgeAll(loaded, dir, null)).sent, 'untrusted').toEqual([]);
  const trusting = await judgeAll(loaded, dir, facts.map((fact) => fact.key));
  if (trusting.refused.length > 0) return { verdict: 'refuse', words: trusting.refused.map((error) => error.message).join('\n') };
  const declared = { project: 'shop', roots: [dir], trusted: true, grants: [] };
  if (facts.length === 0) {
    expect(new EngineOracle([declared]).violations(trusting.recorded)).toEqual([]);
    return { verdict: 'allow', words: '' };
  }
  if (facts.some((fact) => !NOT_IN_PAYLOAD.test(fact.key))) {
    // The door asks for the same, and who wrote the second opinion would not have let it through either.
    const careful = await judgeAll(loaded, dir, []);
    expect(careful.refused.map((error) => error.code)).toContain('trust-required');
    expect(new EngineOracle([declared]).violations(careful.recorded)).toEqual([]);
    expect(new EngineOracle([declared]).violations(trusting.recorded)).not.toEqual([]);
  }
  return { verdict: 'ask', words: trustQuestions({ name: 'shop', trusted: true }, loaded.model, untrustedFacts(facts, [])).join('\n') };
}

describe('compose files of strangers', () => {
  it('are in the table, every one, and there are enough of them', async () => {
    const files = (await readdir(FIXTURES)).filter((name) => name.endsWith('.yml'));
    expect(TABLE.map((row) => row.file).sort()).toEqual(files.sort());
    expect(TABLE.length).toBeGreaterThanOrEqual(120);
    for (const { file, verdict, words } of TABLE) expect(words === '', file).toBe(verdict === 'allow');
  });

  it.each(TABLE)('$file: $verdict', async ({ file, verdict, words }) => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const outcome = await outcomeOf(file);
    delay.disable();
    expect({ verdict: outcome.verdict, words: outcome.words.includes(words) ? words : outcome.words }).toEqual({ verdict, words });
    // A person reads this: whole sentences, nothing of the machinery.
    if (outcome.verdict !== 'allow') expect(outcome.words).toMatch(/^\S[\s\S]*[.?]$/);
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
    expect(delay.max / 1e6).toBeLessThan(500);
  });
});

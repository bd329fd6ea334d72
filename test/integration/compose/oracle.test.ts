import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComposeService } from '@main/compose/service';
import { askBerth, askOracle, assertOracle, differences, ORACLE_ENVIRONMENT } from '../../deep/compose-corpus/compare';

const FIXTURES = resolve('test/fixtures/compose');
const compose = new ComposeService({ environment: ORACLE_ENVIRONMENT });

beforeAll(assertOracle);
afterAll(() => {
  compose.close();
});

function filesOf(dir: string): string[] {
  return ['compose.yaml', 'docker-compose.dev.yml', 'override.yaml'].map((name) => join(dir, name)).filter((file) => existsSync(file));
}

describe('docker compose as the oracle: what it accepts', () => {
  for (const name of readdirSync(join(FIXTURES, 'accepted')).sort()) {
    it(`${name}: same model, same hashes`, async () => {
      const files = filesOf(join(FIXTURES, 'accepted', name));
      const [theirs, ours] = await Promise.all([askOracle(files), askBerth(compose, files)]);
      if (!theirs.ok) throw new Error(`docker compose refuses the fixture: ${theirs.reason}`);
      if (!ours.ok) throw new Error(`Berth refuses what docker compose takes: ${ours.reason}`);
      expect(differences(theirs.model, ours.model)).toEqual([]);
      expect(ours.hashes).toEqual(theirs.hashes);
    });
  }

  it('profiles on the command line', async () => {
    const files = [join(FIXTURES, 'accepted/profiles/compose.yaml')];
    for (const profile of ['debug', 'test', '*']) {
      const [theirs, ours] = await Promise.all([askOracle(files, ['--profile', profile]), askBerth(compose, files, { profile: [profile] })]);
      expect(ours.ok && theirs.ok ? differences(theirs.model, ours.model) : [theirs, ours], profile).toEqual([]);
    }
  });

  it('env files on the command line', async () => {
    const files = [join(FIXTURES, 'accepted/interpolation/compose.yaml')];
    const envFile = [join(FIXTURES, 'accepted/interpolation/.env'), join(FIXTURES, 'accepted/env-file/one.env')];
    const [theirs, ours] = await Promise.all([askOracle(files, envFile.flatMap((file) => ['--env-file', file])), askBerth(compose, files, { envFile })]);
    expect(ours.ok && theirs.ok ? differences(theirs.model, ours.model) : [theirs, ours]).toEqual([]);
  });
});

describe('docker compose as the oracle: what it refuses', () => {
  const lines = JSON.parse(readFileSync(join(FIXTURES, 'refused/lines.json'), 'utf8')) as { readonly [name: string]: number | null };
  for (const [name, line] of Object.entries(lines)) {
    it(`${name}: refused with its line`, async () => {
      const files = filesOf(join(FIXTURES, 'refused', name));
      const [theirs, ours] = await Promise.all([askOracle(files), askBerth(compose, files)]);
      expect(theirs.ok, 'docker compose takes this fixture').toBe(false);
      if (ours.ok) throw new Error('Berth takes what docker compose refuses');
      expect(ours.code).toBe('compose-invalid');
      expect(ours.line ?? null, ours.reason).toBe(line);
    });
  }
});

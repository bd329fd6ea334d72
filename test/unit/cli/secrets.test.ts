import { describe, expect, it } from 'vitest';
import { defaultTable, describeFields } from '@shared/contract/describe';
import { commandHelp } from '@shared/contract/command-help';
import { parseCommandLine } from '@shared/contract/command-line';
import type { ContractEntry } from '@shared/contract/define';
import { AppError } from '@shared/kernel/app-error';
import { withSecrets } from '../../../src/cli/secrets';

const use = defaultTable['storage.use'] as ContractEntry;
const signal = new AbortController().signal;
const none = (): undefined => undefined;
const options = { cwd: '/home/u', resolvePath: (path: string) => path };

describe('keys on the command line', () => {
  it('are neither flags nor words, and whoever tries is told where they belong', () => {
    expect(describeFields(use).map((field) => field.name)).toEqual(['target', 'project', 'endpoint', 'region']);
    for (const words of [['--secret-key', 'hush'], ['--secret-key=hush'], ['--access-key', 'hush']]) {
      let error: unknown;
      try {
        parseCommandLine(['storage', 'use', 'external', ...words], options);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).code).toBe('input-invalid');
      expect(`${(error as AppError).message} ${(error as AppError).hint ?? ''}`).toMatch(/takes no --(secret|access)-key.*BERTH_S3_(SECRET|ACCESS)_KEY/);
      expect(JSON.stringify((error as AppError).toData())).not.toContain('hush');
    }
    expect(commandHelp('storage.use', use)).toContain('Secrets are taken from BERTH_S3_ACCESS_KEY and BERTH_S3_SECRET_KEY, or asked for without showing them.');
  });

  it('come from the environment first, then from a question', async () => {
    const asked: string[] = [];
    const ask = (question: string): Promise<string> => Promise.resolve((asked.push(question), 'typed'));
    const environment = (name: string): string | undefined => (name === 'BERTH_S3_ACCESS_KEY' ? 'AK' : undefined);
    expect(await withSecrets('storage.use', use, { target: 'external', endpoint: 'e' }, { environment, terminal: { canAsk: true }, signal, ask })).toEqual({ target: 'external', endpoint: 'e', accessKey: 'AK', secretKey: 'typed' });
    expect(asked).toEqual(['Secret key (the same)']);
    expect(await withSecrets('storage.use', use, { target: 'external' }, { environment, terminal: { canAsk: true }, signal, ask: () => Promise.resolve('') })).toEqual({ target: 'external', accessKey: 'AK' });
  });

  it('are not asked for where none are needed', async () => {
    expect(await withSecrets('storage.use', use, { target: 'local' }, { environment: () => 'x', terminal: { canAsk: true }, signal })).toEqual({ target: 'local' });
    expect(await withSecrets('modes.list', defaultTable['modes.list'] as ContractEntry, { project: 'p' }, { environment: () => 'x', terminal: { canAsk: true }, signal })).toEqual({ project: 'p' });
  });

  it('that nobody can be asked for are left to the operation, which may know some', async () => {
    expect(await withSecrets('storage.use', use, { target: 'external' }, { environment: none, terminal: { canAsk: false }, signal })).toEqual({ target: 'external' });
  });
});

import type { JsonObject } from '@shared/kernel/json';
import { createServices } from '@main/services';

/**
 * A Berth of its own, to be killed: `resolve <home> <dir>` resolves every duplicate of a folder, `back <home> <dir> <operation>` takes that back, `again <home>` does what the
 * next start does. Prints when it begins, and at the end what became of the operations.
 */
const [verb = '', home = '', dir = '', id = ''] = process.argv.slice(2);
const DEADLINE_MS = 120_000;

const services = await createServices({ home, version: '0.0.0-test' });
await services.start();
const call = async <T>(name: string, given: JsonObject): Promise<T> => {
  const result = await services.dispatcher.call(name, given, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value as T;
};
const run = async (name: string, given: JsonObject): Promise<void> => {
  process.stderr.write('begins\n');
  const { operationId } = await call<{ readonly operationId: string }>(name, given);
  await services.operations.wait(operationId, DEADLINE_MS);
};

if (verb === 'resolve') await run('gitops.resolve', { dir });
if (verb === 'back') await run('gitops.rollback', { id });
if (verb === 'again') await services.operations.whenIdle();
const operations = await services.operations.list({ limit: 3 });
process.stdout.write(JSON.stringify(operations.map(({ id: operation, kind, state, error }) => ({ id: operation, kind, state, error: error?.message ?? null }))));
await services.close();

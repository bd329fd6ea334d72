import type { JsonObject } from '@shared/kernel/json';
import { createServices } from '@main/services';

/**
 * A Berth of its own, to be killed: does what the next start does, waits until nothing runs any more, and runs operations of storage one after the other:
 * `<home> <dir> '[["storage.start", {}]]'`. Failpoints come from the environment. Prints how they ended and how storage is then.
 */
const [home = '', dir = '', steps = '[]'] = process.argv.slice(2);
const services = await createServices({ home, version: '0.0.0-test' });
await services.start();
const call = async <T>(name: string, given: JsonObject): Promise<T> => {
  const result = await services.dispatcher.call(name, given, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value as T;
};
const { id } = await call<{ readonly id: string }>('projects.open', { dir, trust: true });
await services.operations.whenIdle();
for (const [kind, input] of JSON.parse(steps) as readonly (readonly [string, JsonObject])[]) {
  const { operationId } = await call<{ readonly operationId: string }>(kind, { project: id, ...input });
  await services.operations.wait(operationId, 180_000);
  await services.operations.whenIdle();
}
const operations = await services.operations.list({ limit: 50 });
const credentials = await call<JsonObject>('storage.credentials', { project: id }).catch(() => null);
const status = await call<JsonObject>('storage.status', { project: id });
process.stdout.write(JSON.stringify({ operations: operations.map(({ kind, state, error }) => ({ kind, state, error })), credentials, status }));
await services.close();

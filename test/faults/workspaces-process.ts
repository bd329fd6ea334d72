import type { JsonObject } from '@shared/kernel/json';
import type { OutputOf } from '@shared/contract/contract';
import { createServices } from '@main/services';

/**
 * A Berth of its own, to be killed: `start <home> <dir> <source>` makes containers of the workspaces, `again <home> <dir>` does what the next start does and waits until every
 * workspace that is to run does. Failpoints come from the environment. Prints the operations and the workspaces.
 */
const [verb = '', home = '', dir = '', source = 'local'] = process.argv.slice(2);
const DEADLINE_MS = 45_000;
const LOOK_MS = 200;

const services = await createServices({ home, version: '0.0.0-test' });
await services.start();
const call = async <T>(name: string, given: JsonObject): Promise<T> => {
  const result = await services.dispatcher.call(name, given, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value as T;
};
const { id: project } = await call<{ readonly id: string }>('projects.open', { dir, trust: true });
const run = async (name: string, more: JsonObject = {}): Promise<void> => {
  const { operationId } = await call<{ readonly operationId: string }>(name, { project, ...more });
  const ended = await services.operations.wait(operationId, DEADLINE_MS);
  if (ended.state !== 'succeeded') throw new Error(`${name}: ${ended.error?.message ?? ended.state}`);
};
const list = (): Promise<OutputOf<'workspaces.list'>> => call('workspaces.list', { project });

if (verb === 'prepare') {
  await run('storage.start', { component: 's3' });
  await run('workspaces.sync');
}
if (verb === 'start') {
  await call('workspaces.configure', { project, source });
  await run('workspaces.start');
}
if (verb === 'stop') await run('workspaces.stop');
if (verb === 'again') {
  const endsAtMs = performance.now() + DEADLINE_MS;
  const isUp = async (): Promise<boolean> => (await list()).workspaces.filter((one) => one.run).every((one) => one.runner?.state === 'running');
  while (!(await isUp())) {
    if (performance.now() > endsAtMs) throw new Error(`They do not run again: ${JSON.stringify((await list()).workspaces.map((one) => one.runner))}`);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  await services.operations.whenIdle();
}
const operations = await services.operations.list({ limit: 20 });
process.stdout.write(JSON.stringify({ project, operations: operations.map(({ kind, state, error }) => ({ kind, state, error })), workspaces: (await list()).workspaces }));
await services.close();

import type { JsonObject } from '@shared/kernel/json';
import { createServices } from '@main/services';

/**
 * A Berth of its own over one project, to be killed: `run <home> <dir> <operation> <input>` runs one, `again <home> <dir>` does what the next start does. Failpoints come from the
 * environment. Prints what became of the operations, and the history of the template `list.yaml.j2`.
 */
const [verb = '', home = '', dir = '', kind = '', input = '{}'] = process.argv.slice(2);
const DEADLINE_MS = 120_000;

const services = await createServices({ home, version: '0.0.0-test', live: false });
await services.start();
const call = async <T>(name: string, given: JsonObject): Promise<T> => {
  const result = await services.dispatcher.call(name, given, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value as T;
};
const project = await call<{ readonly id: string }>('projects.open', { dir, trust: true });
if (verb === 'run') {
  const { operationId } = await call<{ readonly operationId: string }>(kind, { ...(kind.startsWith('gitops.') ? { dir } : { project: project.id }), ...(JSON.parse(input) as JsonObject) });
  await services.operations.wait(operationId, DEADLINE_MS);
} else await services.operations.whenIdle();
const operations = await services.operations.list({ limit: 3 });
// Without a file and without a version there is nothing to ask about.
const versions = await call<readonly { readonly version: number; readonly hash: string }[]>('gitops.template-versions', { dir, template: 'list.yaml.j2' }).catch((error: unknown) => {
  if (String(error).includes('There is no template list.yaml.j2')) return [];
  throw error;
});
process.stdout.write(JSON.stringify({ operations: operations.map((one) => ({ kind: one.kind, state: one.state, error: one.error?.message ?? null })), versions: versions.map(({ version, hash }) => [version, hash]) }));
await services.close();

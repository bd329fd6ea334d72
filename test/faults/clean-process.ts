import { openWorld } from '../integration/modes/kit';
import { withClean } from '../integration/projects/clean-kit';

/**
 * A Berth of its own, to be killed: `clean <home> <dir>` cleans a project with its volumes, `recover <home>` does what
 * the next start does and waits for what is queued. Failpoints come from the environment. Prints one JSON document.
 */
const [verb = '', home = '', dir = ''] = process.argv.slice(2);
const world = await openWorld({ home, env: process.env, keepState: () => Promise.resolve('s_KEPT') });
withClean(world);
await world.engine.connect();
if (verb === 'clean') {
  await world.projects.open(dir, true);
  const { id } = await world.operations.enqueue('projects.clean', { project: dir, volumes: true, start: true, dryRun: false });
  process.stdout.write(JSON.stringify([await world.operations.wait(id, 120_000)]));
} else {
  await world.operations.recover();
  await world.operations.whenIdle();
  process.stdout.write(JSON.stringify(await world.operations.list({ limit: 50 })));
}
await world.close();

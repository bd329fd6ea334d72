import { openWorld } from '../integration/modes/kit';
import { withSnapshots } from '../integration/snapshots/restore-kit';

/**
 * A Berth of its own, to be killed: `restore <home> <dir> <snapshot>` restores a project, `recover <home>` does what the next
 * start does. Failpoints come from the environment. Prints one JSON document.
 */
const [verb = '', home = '', dir = '', snapshot = ''] = process.argv.slice(2);
const world = await openWorld({ home, env: process.env });
const snapshots = await withSnapshots(world);
await world.engine.connect();
if (verb === 'restore') {
  await world.projects.open(dir, true).catch(() => undefined);
  process.stdout.write(JSON.stringify(await snapshots.restore(dir, snapshot)));
} else {
  process.stdout.write(JSON.stringify(await world.operations.recover()));
}
await world.close();

import { ComposeService } from '@main/compose';
import { parseHere } from '../integration/checks/kit';
import { openWorld } from '../integration/modes/kit';
import { withCreate } from '../integration/snapshots/create-kit';

/**
 * A Berth of its own, to be killed: `create <home> <dir>` makes a snapshot of a project, its volume `shared` stopped and `data` paused; `recover <home> <dir>`
 * does what the next start does, and waits for what is queued. Failpoints come from the environment. Prints how the newest operation ended, or null.
 */
const [verb = '', home = '', dir = ''] = process.argv.slice(2);
const world = await openWorld({ home, tapped: false, env: process.env, compose: new ComposeService({ spawn: parseHere, environment: {} }) });
const snapshots = await withCreate(world);
snapshots.settings.consistency = { shared: 'stop' };
await world.engine.connect();
if (verb === 'create') {
  await world.projects.open(dir, true);
  await snapshots.create(dir, { only: ['files', 'volume:data', 'volume:shared'] });
} else {
  await world.operations.recover();
  await world.operations.whenIdle();
}
const [last] = await world.operations.list({ limit: 1 });
process.stdout.write(JSON.stringify(last === undefined ? null : { state: last.state, error: last.error }));
await world.close();

import { ComposeService } from '@main/compose';
import { parseHere } from '../integration/checks/kit';
import { openWorld } from '../integration/modes/kit';
import { stallHeldReads, statesOf, withCreate } from '../integration/snapshots/create-kit';

/**
 * A Berth of its own, to be killed: `create <home> <dir>` makes a snapshot of a project, its volume `shared` stopped and `data` paused; `stall <home> <dir> <name>`
 * begins one, says `held` in the middle of reading what it holds paused of the project of this name, and stays there; `recover <home> <dir>` does what the next start does, and waits for what is queued.
 * Failpoints come from the environment. Prints how the newest operation ended, or null.
 */
const [verb = '', home = '', dir = '', name = ''] = process.argv.slice(2);
const world = await openWorld({ home, tapped: false, env: process.env, compose: new ComposeService({ spawn: parseHere, environment: {} }) });
const isHeld = async (): Promise<boolean> => (await statesOf({ name }))['writer'] === 'paused';
const snapshots = await withCreate(world, (deps) => (verb === 'stall' ? stallHeldReads(deps, isHeld, () => void process.stdout.write('held\n')) : deps));
snapshots.settings.consistency = { shared: 'stop' };
await world.engine.connect();
if (verb === 'create' || verb === 'stall') {
  await world.projects.open(dir, true);
  await snapshots.create(dir, { only: ['files', 'volume:data', 'volume:shared'] });
} else {
  await world.operations.recover();
  await world.operations.whenIdle();
}
const [last] = await world.operations.list({ limit: 1 });
process.stdout.write(JSON.stringify(last === undefined ? null : { state: last.state, error: last.error }));
await world.close();

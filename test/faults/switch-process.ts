import { openWorld } from '../integration/modes/kit';

/**
 * A Berth of its own, to be killed: `switch <home> <dir> <mode> [socket]` starts a switch, `recover <home> <dir> - [socket]`
 * does what the next start does. Failpoints come from the environment. Prints one JSON document.
 */
const [verb = '', home = '', dir = '', mode = '', socketPath] = process.argv.slice(2);
const world = await openWorld({ home, env: process.env, ...(socketPath === undefined ? {} : { socketPath }) });
await world.engine.connect();
if (verb === 'switch') {
  await world.projects.open(dir, true);
  const ended = await world.switchTo(dir, mode);
  process.stdout.write(JSON.stringify({ state: ended.state, error: ended.error }));
} else {
  process.stdout.write(JSON.stringify(await world.operations.recover()));
}
await world.close();

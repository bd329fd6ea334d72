import type { JsonObject } from '@shared/kernel/json';
import { openGitWorld } from './git-world';

/**
 * A Berth of its own with the operations of git, to be killed: `run <home> <kind> <input>` runs one, `recover <home>` does what the next start does.
 * Failpoints come from the environment. Prints one JSON document.
 */
const [verb = '', home = '', kind = '', input = '{}'] = process.argv.slice(2);

async function main(): Promise<void> {
  const world = await openGitWorld({ home, env: process.env });
  if (verb === 'run') process.stdout.write(JSON.stringify(await world.run(kind, JSON.parse(input) as JsonObject)));
  else {
    await world.operations.recover();
    await world.operations.whenIdle();
    process.stdout.write(JSON.stringify(await world.operations.list({ limit: 50 })));
  }
  await world.close();
}

void main();

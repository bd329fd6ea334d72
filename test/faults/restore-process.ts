import { ComposeService } from '@main/compose';
import { parseHere } from '../integration/checks/kit';
import { openWorld } from '../integration/modes/kit';
import { withSnapshots } from '../integration/snapshots/restore-kit';

/**
 * A Berth of its own, to be killed: `restore <home> <dir> <snapshot>` restores a project, `recover <home>` does what the next
 * start does. Failpoints come from the environment; `BERTH_GRANTS` names what is granted, `BERTH_ONLY` the part that is restored; `BERTH_KILL_DURING=<write|exchange|merge|take-back>:<ms>` kills it so long after the volume program was first started for that. Prints one JSON document.
 */
const [verb = '', home = '', dir = '', snapshot = ''] = process.argv.slice(2);
const grants = (process.env['BERTH_GRANTS'] ?? '').split(',').filter((one) => one !== '');
const only = process.env['BERTH_ONLY'];
const world = await openWorld({ home, env: process.env, ...(grants.length === 0 ? {} : { grants, compose: new ComposeService({ spawn: parseHere, environment: {} }) }) });
const [during = '', afterMs = '0'] = (process.env['BERTH_KILL_DURING'] ?? '').split(':');
let armed = during !== '';
function whenItBegins<T>(command: string, work: Promise<T>): Promise<T> {
  if (armed && command === during) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(afterMs));
  if (command === during) armed = false;
  return work;
}
const snapshots = await withSnapshots(world, (deps) => ({
  ...deps,
  volumeProgram: (authorization) => {
    const program = deps.volumeProgram(authorization);
    return { ...program, write: (...given) => whenItBegins('write', program.write(...given)), exchange: (...given) => whenItBegins('exchange', program.exchange(...given)), merge: (...given) => whenItBegins('merge', program.merge(...given)), takeBack: (...given) => whenItBegins('take-back', program.takeBack(...given)) };
  },
}));
await world.engine.connect();
if (verb === 'restore') {
  await world.projects.open(dir, true).catch(() => undefined);
  process.stdout.write(JSON.stringify(await snapshots.restore(dir, snapshot, only === undefined ? {} : { only: [only] })));
} else {
  process.stdout.write(JSON.stringify(await world.operations.recover()));
}
await world.close();

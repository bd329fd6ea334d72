import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';
import { createReport, SetupError } from './lib/report.mjs';
import { endChildrenOnSignal, run } from './lib/run.mjs';
import { main, setUp } from './lib/setup.mjs';

/** `npm run test:deep -- <name> [vitest options]`: one of the long enumerations in test/deep; without a name, their list. */

const FOLDER = join(ROOT, 'test', 'deep');
const SUFFIX = '.test.ts';
const report = createReport();

function names() {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
}

endChildrenOnSignal();
await main(report, async () => {
  const [name, ...options] = process.argv.slice(2);
  if (!name) {
    report.line(`npm run test:deep -- <name>, one of:\n${names().map((each) => `  ${each}`).join('\n') || '  (none yet)'}`);
    return 0;
  }
  if (!names().includes(name)) throw new SetupError(`There is no deep test "${name}". There are: ${names().join(', ') || 'none'}`);
  await setUp(report, { virtualDisplay: false });
  const config = join(ROOT, 'test', 'deep', 'vitest.config.ts');
  const args = ['run', '--root', ROOT, ...(existsSync(config) ? ['--config', config] : ['--project', 'deep']), `test/deep/${name}${SUFFIX}`, ...options];
  const env = { ...process.env };
  delete env.INIT_CWD;
  return (await run(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], { cwd: ROOT, env, inherit: true })).code ?? 1;
});

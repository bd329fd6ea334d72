import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';
import { createReport, SetupError } from './lib/report.mjs';
import { endChildrenOnSignal, run } from './lib/run.mjs';
import { main, setUp } from './lib/setup.mjs';

/** `npm run test:deep -- <name> [vitest options]`: one of the long enumerations in test/deep, or a sampled test as a whole (by its path or its last part); without a name, their list. */

const FOLDER = join(ROOT, 'test', 'deep');
const SUFFIX = '.test.ts';
const report = createReport();

/** Tests of `npm test` that take a sample there and everything here (`DEEP` in test/support/random.ts), as `faults/queue-kills`. */
function sampled() {
  const found = [];
  for (const folder of ['faults', 'integration']) {
    for (const file of readdirSync(join(ROOT, 'test', folder), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith(SUFFIX) && /\bDEEP\b/.test(readFileSync(join(ROOT, 'test', folder, file), 'utf8'))) found.push(`${folder}/${file.slice(0, -SUFFIX.length).replaceAll('\\', '/')}`);
    }
  }
  return found.sort();
}

function names() {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
}

endChildrenOnSignal();
await main(report, async () => {
  const [name, ...options] = process.argv.slice(2);
  if (!name) {
    report.line(`npm run test:deep -- <name>, one of:\n${[...names(), ...sampled()].map((each) => `  ${each}`).join('\n') || '  (none yet)'}`);
    return 0;
  }
  const found = names().includes(name) ? null : (sampled().find((each) => each === name || each.endsWith(`/${name}`)) ?? null);
  const whole = found !== null;
  if (!whole && !names().includes(name)) throw new SetupError(`There is no deep test "${name}". There are: ${[...names(), ...sampled()].join(', ') || 'none'}`);
  await setUp(report, { virtualDisplay: false });
  const config = join(ROOT, 'test', 'deep', 'vitest.config.ts');
  const args = ['run', '--root', ROOT, ...(whole ? [] : existsSync(config) ? ['--config', config] : ['--project', 'deep']), `test/${found ?? `deep/${name}`}${SUFFIX}`, ...options];
  const env = { ...process.env, BERTH_DEEP: '1' };
  delete env.INIT_CWD;
  return (await run(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], { cwd: ROOT, env, inherit: true })).code ?? 1;
});

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './lib/paths.mjs';
import { createReport, SetupError } from './lib/report.mjs';
import { endChildrenOnSignal, run } from './lib/run.mjs';
import { main, setUp } from './lib/setup.mjs';

/** `npm run bench -- <name> [options]`: bundles test/bench/<name>.ts and runs it with plain Node; without a name, the list. */

const FOLDER = join(ROOT, 'test', 'bench');
const RUNNER = join(ROOT, 'scripts', 'lib', 'bench-run.mjs');
const report = createReport();

function names() {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')).map((file) => file.slice(0, -3));
}

/** The scripts' own modules know their place in the checkout by their address, so they are imported where they lie. */
const scriptsStayInPlace = {
  name: 'scripts-stay-in-place',
  resolveId(source, importer) {
    if (!importer || !/^\..*\.mjs$/.test(source)) return null;
    return { id: pathToFileURL(resolve(dirname(importer), source)).href, external: true };
  },
};

/** One file beneath the checkout's node_modules, so that packages are found from it. Benches find the checkout by BERTH_ROOT. */
async function bundle(name, into) {
  const { rolldown } = await import(pathToFileURL(join(ROOT, 'node_modules', 'rolldown', 'dist', 'index.mjs')).href);
  const built = await rolldown({
    input: join(FOLDER, `${name}.ts`),
    platform: 'node',
    resolve: { alias: { '@shared': join(ROOT, 'src', 'shared'), '@main': join(ROOT, 'src', 'main') } },
    plugins: [scriptsStayInPlace],
    external: (id) => !(/^[./]/.test(id) || id.startsWith('@shared/') || id.startsWith('@main/')),
  });
  const file = join(into, `${name}.mjs`);
  await built.write({ file, format: 'esm', sourcemap: 'inline', codeSplitting: false });
  await built.close();
  return file;
}

endChildrenOnSignal();
await main(report, async () => {
  const [name, ...options] = process.argv.slice(2);
  if (!name) {
    report.line(`npm run bench -- <name>, one of:\n${names().map((each) => `  ${each}`).join('\n') || '  (none yet)'}`);
    return 0;
  }
  if (!names().includes(name)) throw new SetupError(`There is no bench "${name}". There are: ${names().join(', ') || 'none'}`);
  await setUp(report, { virtualDisplay: true });
  const into = join(ROOT, 'node_modules', '.cache', 'berth', `bench-${process.pid}`);
  mkdirSync(into, { recursive: true });
  try {
    const file = await bundle(name, into);
    report.heading(`Bench: ${name}`);
    const env = { ...process.env, BERTH_ROOT: ROOT, BERTH_OUT: join(ROOT, 'out', 'main') };
    delete env.INIT_CWD;
    return (await run(process.execPath, ['--enable-source-maps', RUNNER, file, ...options], { cwd: ROOT, env, inherit: true })).code ?? 1;
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
});

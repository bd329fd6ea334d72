import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ComposeService } from '@main/compose/service';
import { compareSets, shareOf, summaryOf } from './agreement';
import { ORACLE_ENVIRONMENT, oracleOf } from './compare';
import { fileSetsBelow, type FileSet } from './file-sets';
import { GENERATORS, writeSets } from './generate/write-sets';

const USAGE = `Compares Berth with docker compose: what is accepted, the models and the config hashes.

  npm run test:compose-corpus -- <folder> …                every compose file below, and every base file with each file to lay over it
  npm run test:compose-corpus -- --generate <kind|all>     files made here: ${Object.keys(GENERATORS).join(', ')}
    --count <n>      how many of each kind (300)
    --seed <n>       other files (1)
    --oracle <file>  a docker-compose binary of another version, compared in its dialect
    --keep <folder>  where the made files stay
ORACLE_CACHE=<folder> keeps the answers of docker compose between runs. BERTH_SHOW_REFUSALS=1 shows both reasons of what both refuse.`;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { generate: { type: 'string' }, count: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' }, oracle: { type: 'string' }, keep: { type: 'string' } },
  });
  if (positionals.length === 0 && values.generate === undefined) {
    print(USAGE);
    return 2;
  }
  const cacheDir = process.env['ORACLE_CACHE'];
  const oracle = oracleOf({ ...(values.oracle === undefined ? {} : { command: [values.oracle] }), cacheDir });
  print(`docker compose ${await oracle.version()}, dialect ${await oracle.dialect()}`);
  const compose = new ComposeService({ environment: ORACLE_ENVIRONMENT });
  const made = values.generate === undefined ? undefined : values.keep === undefined ? await mkdtemp(join(tmpdir(), 'berth-made-')) : resolve(values.keep);
  try {
    const batches: { readonly title: string; readonly sets: readonly FileSet[] }[] = [];
    for (const folder of positionals) batches.push({ title: folder, sets: await fileSetsBelow(resolve(folder)) });
    if (values.generate !== undefined && made !== undefined) {
      const kinds = values.generate === 'all' ? Object.keys(GENERATORS) : [values.generate];
      for (const kind of kinds) batches.push({ title: kind, sets: await writeSets(kind, join(made, kind), { seed: Number(values.seed), count: Number(values.count) }) });
    }
    let enough = true;
    for (const { title, sets } of batches) {
      const agreement = await compareSets(sets, oracle, compose, print);
      print(summaryOf(title, agreement));
      enough &&= shareOf(agreement).enough;
    }
    return enough ? 0 : 1;
  } finally {
    compose.close();
    if (made !== undefined && values.keep === undefined) await rm(made, { recursive: true, force: true });
  }
}

void main().then((code) => {
  process.exitCode = code;
});

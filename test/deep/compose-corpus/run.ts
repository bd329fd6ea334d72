import { ComposeService } from '@main/compose/service';
import { askBerth, askOracle, composeFiles, differences, ORACLE_ENVIRONMENT } from './compare';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Compares Berth with docker compose on every compose file below a folder and prints the agreement. */
async function main(): Promise<void> {
  const dir = process.argv[2];
  if (dir === undefined) throw new Error('Name a folder with compose files.');
  const compose = new ComposeService({ environment: ORACLE_ENVIRONMENT });
  const files = await composeFiles(dir);
  const counts = { both: 0, neither: 0, onlyDocker: 0, onlyBerth: 0, modelEqual: 0, services: 0, hashEqual: 0 };
  let loadMs = 0;
  const cache = process.env['ORACLE_CACHE'];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let file = files[next]; file !== undefined; file = files[next]) {
      next += 1;
      const theirs = await askOracle([file], [], cache);
      const started = performance.now();
      const ours = await askBerth(compose, [file]);
      loadMs += performance.now() - started;
      if (theirs.ok && ours.ok) {
        counts.both += 1;
        const found = differences(theirs.model, ours.model);
        if (found.length === 0) counts.modelEqual += 1;
        else print(`MODEL ${file}\n  ${found.join('\n  ')}`);
        for (const [service, hash] of Object.entries(theirs.hashes)) {
          counts.services += 1;
          if (ours.hashes[service] === hash) counts.hashEqual += 1;
          else if (found.length === 0) print(`HASH ${file} ${service}`);
        }
      } else if (!theirs.ok && !ours.ok) counts.neither += 1;
      else if (theirs.ok && !ours.ok) {
        counts.onlyDocker += 1;
        print(`ONLY DOCKER ACCEPTS ${file}\n  ${ours.reason}`);
      } else if (!theirs.ok) {
        counts.onlyBerth += 1;
        print(`ONLY BERTH ACCEPTS ${file}\n  ${theirs.reason}`);
      }
    }
  };
  await Promise.all([work(), work()]);
  compose.close();
  print(JSON.stringify({ files: files.length, ...counts, meanLoadMs: Math.round((loadMs / Math.max(1, files.length)) * 10) / 10 }));
}

void main();

import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sealChunk } from '@main/platform/snapshots/coding';
import { PackBuilder } from '@main/platform/snapshots/pack-builder';
import { sha256 } from '@main/platform/snapshots/sums';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import type { Manifest } from '@shared/domain/snapshots/types';
import { changesSoFar } from './counted-fs';
import { folderRepository, makeSnapshot } from './snapshot-repository';

/** What the process is to do, one after the other. */
export type RepositoryStep =
  | { readonly verb: 'create'; readonly files: { readonly [path: string]: string }; readonly tag: string; readonly staged?: boolean }
  | { readonly verb: 'remove'; readonly tag: string }
  | { readonly verb: 'put-back'; readonly manifest: Manifest }
  | { readonly verb: 'prune' };

/** Works on a repository in a folder and says behind each step that it is done: `<folder> <file with the steps>`. It is made to be killed. */
const [dir = '', file = ''] = process.argv.slice(2);
const say = (word: string): void => void writeSync(1, `${word}\n`);
async function main(): Promise<void> {
  const repository = await folderRepository(dir);
  for (const step of JSON.parse(readFileSync(file, 'utf8')) as readonly RepositoryStep[]) {
    if (step.verb === 'create') {
      const files = Object.fromEntries(Object.entries(step.files).map(([path, text]) => [path, Buffer.from(text, 'base64')]));
      await makeSnapshot(step.staged === true ? staging(repository, Object.values(files)) : repository, [{ name: 'data', files }, { name: 'env', kind: 'files', secret: true, files: { '.env': Buffer.from(`TAG=${step.tag}`) } }], { tag: step.tag });
      say(`created ${step.tag}`);
    }
    if (step.verb === 'remove') {
      const found = (await repository.list()).manifests.find(({ manifest }) => manifest.tag === step.tag);
      await repository.remove(found?.manifest.id ?? '');
      say(`removed ${step.tag}`);
    }
    if (step.verb === 'put-back') {
      await repository.putBack(step.manifest);
      say(`put back ${step.manifest.tag ?? ''}`);
    }
    if (step.verb === 'prune') {
      await repository.prune({ graceMs: 0, dryRun: false, onProgress: () => undefined, signal: new AbortController().signal });
      say('pruned');
    }
  }
  await repository.close();
  say(`changes ${String(changesSoFar())}`);
}

/** The same repository; its writers begin with a pack for each of these, which comes as the volume program makes it: past what is counted here, into a file that was made for it. */
function staging(repository: SnapshotRepository, contents: readonly Uint8Array[]): SnapshotRepository {
  return Object.assign(Object.create(repository) as SnapshotRepository, {
    begin: async (signal: AbortSignal) => {
      const writer = await repository.begin(signal);
      const packs = await writer.packFiles();
      if (packs === null) throw new Error('There is nowhere to write packs.');
      const made: string[] = [];
      for (let ahead = 0; ahead < 2; ahead += 1) made.push(await packs.make());
      for (const bytes of contents) {
        const builder = new PackBuilder(2);
        builder.add(sealChunk({ hash: sha256(bytes).toString('hex'), length: bytes.length, codec: 0, data: bytes }, null));
        const pack = builder.build();
        const file = made.shift() ?? '';
        writeFileSync(join(packs.folder, file), Buffer.concat(pack.pieces), { flag: 'r+' });
        await packs.keep(file, { hash: pack.hash, sums: sha256(bytes), table: pack.table });
        made.push(await packs.make());
      }
      return writer;
    },
  });
}

void main();

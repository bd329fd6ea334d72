import { readFileSync, writeSync } from 'node:fs';
import type { Manifest } from '@shared/domain/snapshots/types';
import { changesSoFar } from './counted-fs';
import { folderRepository, makeSnapshot } from './snapshot-repository';

/** What the process is to do, one after the other. */
export type RepositoryStep =
  | { readonly verb: 'create'; readonly files: { readonly [path: string]: string }; readonly tag: string }
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
      await makeSnapshot(repository, [{ name: 'data', files }, { name: 'env', kind: 'files', secret: true, files: { '.env': Buffer.from(`TAG=${step.tag}`) } }], { tag: step.tag });
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

void main();

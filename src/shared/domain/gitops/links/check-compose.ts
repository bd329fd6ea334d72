import { nearestName } from '../../compose/nearest-name';
import { folderOf, resolvedPath } from '../scan/paths';
import type { LinkFault } from './check-links';
import type { ComposeLinks, ComposePart, ComposeUse, FileLinks } from './types';

/** The files that compose takes by itself. */
const PRIMARY = /^(?:docker-)?compose\.ya?ml$/;
const DEPTH_MAX = 20;
const WORDS: { readonly [part in ComposePart]: string } = { services: 'service', networks: 'network', volumes: 'volume', configs: 'config', secrets: 'secret' };

type Composed = FileLinks & { readonly compose: ComposeLinks };

/** Names in compose files that nothing declares. */
export function checkCompose(files: readonly FileLinks[]): readonly LinkFault[] {
  const composed = files.filter((file): file is Composed => file.compose !== null);
  const byPath = new Map(composed.map((file) => [file.path, file]));
  const byFolder = new Map<string, Composed[]>();
  for (const file of composed) byFolder.set(folderOf(file.path), [...(byFolder.get(folderOf(file.path)) ?? []), file]);
  return composed.flatMap((file) => {
    const folder = folderOf(file.path);
    // Files of one folder may be laid over each other, and others may be read by them.
    const together = withIncluded(byFolder.get(folder) ?? [], byPath);
    if (together === null) return [];
    const declared = new Map((Object.keys(WORDS) as ComposePart[]).map((part) => [part, new Set(together.flatMap((one) => one.compose.declared[part]))]));
    return file.compose.uses.filter((one) => !isDeclared(one, declared)).map((one) => fault(file, one, declared));
  });
}

/** With every file that they read; null where one of those is not known. */
function withIncluded(start: readonly Composed[], byPath: ReadonlyMap<string, Composed>): readonly Composed[] | null {
  const all = new Set(start);
  let newest: readonly Composed[] = start;
  for (let depth = 0; depth < DEPTH_MAX && newest.length > 0; depth += 1) {
    const next: Composed[] = [];
    for (const file of newest) {
      for (const written of file.compose.includes) {
        const path = resolvedPath(folderOf(file.path), written);
        const found = path === null ? undefined : byPath.get(path);
        if (found === undefined) return null;
        if (!all.has(found)) next.push(found);
        all.add(found);
      }
    }
    newest = next;
  }
  return [...all];
}

function isDeclared({ of, name }: ComposeUse, declared: ReadonlyMap<ComposePart, ReadonlySet<string>>): boolean {
  return declared.get(of)?.has(name) === true || (of === 'networks' && name === 'default');
}

function fault(file: Composed, use: ComposeUse, declared: ReadonlyMap<ComposePart, ReadonlySet<string>>): LinkFault {
  const { document, item, path, of, name } = use;
  const near = nearestName(name, [...(declared.get(of) ?? [])], { shortToo: true });
  const isAlone = PRIMARY.test(file.path.slice(file.path.lastIndexOf('/') + 1));
  return {
    file: file.path,
    document,
    item,
    path,
    severity: isAlone ? 'error' : 'warning',
    rule: 'compose',
    message: `No ${WORDS[of]} ${JSON.stringify(name)} is declared${near === undefined ? '.' : `: did you mean ${near}?`}`,
    why: isAlone ? 'Compose refuses the file.' : 'Compose refuses the file, unless it is laid over one of another folder that declares it.',
  };
}

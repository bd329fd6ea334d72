import type { FilterVerdict, FolderFilter, IgnoreFiles } from '@shared/domain/workspaces/folder-filter';
import { seededRandom } from './random';

/** A small tree with ignore files in some of its folders; paths of folders end with a slash. */
export interface IgnoreCase {
  readonly paths: readonly string[];
  /** By folder, '' for the root. */
  readonly ignoreFiles: ReadonlyMap<string, string>;
}

const NAMES = ['a', 'b', 'ab', 'abc', 'a.b', 'foo', 'foo.txt', 'bar', 'Foo', 'x1', 'tmp', 'a b', 'é', 'aé', '-', 'a-b', '#a', '!a', 'a]', '[a', 'b^', 'a\\b', '日本', '💾', 'x*', 'a?', '.hid', 'a ', '+', 'a$', 'ab|', 'aa', 'a{2}', '1'];
const PIECES = ['a', 'b', 'ab', 'abc', 'foo', 'bar', 'tmp', 'x1', '.', 'txt', 'é', '日', '💾', '*', '*', '*', '**', '**', '***', '?', '?', '/', '/', '/', '**/', '/**', '/**/', '\\*', '\\', '\\ ', '\\a', '\\#', '\\!', '[ab]', '[a-z]', '[!a]', '[^b]', '[]a]', '[a-]', '[-a]', '[]-a]', '[a-c-e]', '[\\]]', '[\\a-\\c]', '[z-a]', '[[:alpha:]]', '[[:digit:]x]', '[![:upper:]]', '[[:space:]]', '[[:nope:]]', '[[:alpha]', '[[:', '[', ']', '[!]', '[a/b]', '[é]', ' ', ' ', '-', '^', '$', '+', '(', '{a,b}', '|', 'a{2}', '?{1,2}', '{0,}', '\\d', '\\w', '\t', '#', '!'];
const ENDS = ['\n', '\n', '\n', '\n', '\r\n', ' \n', '  \r\n', '\\ \n', '/\n', '/\n', '/ \n', '\t\n', '\r\r\n'];
const STARTS = ['', '', '', '', '!', '!', '/', '!/', '#', '\\!', '\\#', '**/', './', ' ', '! ', '!!', '\0'];

/** Everything that comes of one seed. */
export interface CaseMaker {
  tree(): IgnoreCase;
  text(): string;
}

/** Makes trees and ignore files, nasty ones among them. */
export function caseMaker(seed: number): CaseMaker {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const count = (most: number): number => Math.floor(random() * (most + 1));
  /** Half of the lines name what is in trees, so that rules meet files. */
  const body = (): string => {
    if (random() < 0.45) return Array.from({ length: 1 + count(2) }, () => pick(NAMES)).join('/').replace(/[aob]/g, (char) => (random() < 0.15 ? pick(['*', '?', '**', '[a-o]', '\\a']) : char));
    return Array.from({ length: 1 + count(5) }, () => pick(PIECES)).join('');
  };
  const line = (): string => `${pick(STARTS)}${body()}${pick(ENDS)}`;
  const text = (): string => `${random() < 0.05 ? '\uFEFF' : ''}${random() < 0.1 ? '*\n' : ''}${Array.from({ length: 1 + count(6) }, line).join('')}${random() < 0.2 ? pick(NAMES) : ''}`;
  const tree = (): IgnoreCase => {
    const paths = new Set<string>();
    const ignoreFiles = new Map([['', text()]]);
    const fill = (folder: string, depth: number): void => {
      const used = new Set<string>();
      for (let left = 2 + count(3); left > 0; left -= 1) {
        const name = pick(NAMES);
        if (used.has(name)) continue;
        used.add(name);
        const isFolder = depth < 4 && random() < 0.5;
        paths.add(`${folder}${name}${isFolder ? '/' : ''}`);
        if (!isFolder) continue;
        if (random() < 0.25) ignoreFiles.set(`${folder}${name}`, text());
        fill(`${folder}${name}/`, depth + 1);
      }
    };
    fill('', 0);
    return { paths: [...paths], ignoreFiles };
  };
  return { tree, text };
}

/** What the filter says of every path of a case, walking down as a walk does; folders it would not walk are walked all the same. */
export function judgeTree(root: FolderFilter, paths: readonly string[], ignoreFilesOf: (folder: string) => IgnoreFiles): ReadonlyMap<string, FilterVerdict> {
  const filters = new Map([['', root]]);
  const verdicts = new Map<string, FilterVerdict>();
  for (const path of paths) {
    const isFolder = path.endsWith('/');
    const plain = isFolder ? path.slice(0, -1) : path;
    const slash = plain.lastIndexOf('/');
    const parent = filters.get(slash === -1 ? '' : plain.slice(0, slash));
    if (parent === undefined) throw new Error(`${path} comes before its folder`);
    const name = plain.slice(slash + 1);
    verdicts.set(path, parent.child(name, isFolder));
    if (isFolder) filters.set(plain, parent.into(name, ignoreFilesOf(plain)));
  }
  return verdicts;
}

import { resolve } from 'node:path';
import type { Plugin, Rolldown } from 'vite';

/**
 * How the code of the page is cut. Every file costs the start a way through the main process and back, so what a page needs at
 * once comes in a few files instead of some sixty small ones, and index.html names them all: they are on their way before the
 * first of them has run.
 */

const SOURCES = resolve('src/renderer/src');

/** The language runs before any page and is a file of its own; then what both pages import at once, and what only the first of them does. */
const PARTS = [
  { name: 'language', within: ['locales/language.ts'] },
  // What another language needs of the page comes before it: pages read their words when they are loaded, and would read English ones.
  { name: 'language', within: ['locales/de/index.ts', 'start.tsx'] },
  { name: 'language', within: ['locales/zh/index.ts', 'start.tsx'] },
  { name: 'common', within: ['start.tsx', 'start-logs.tsx'] },
  { name: 'first', within: ['start.tsx'] },
];

type ImportsOf = (id: string) => readonly string[];

/** A module and all that it imports at once. Nothing outside of such a set is needed for it. */
function reach(root: string, importsOf: ImportsOf): ReadonlySet<string> {
  const found = new Set<string>();
  const left = [resolve(SOURCES, root)];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    left.push(...importsOf(id));
  }
  return found;
}

/** For `codeSplitting.groups`: the file a module comes in; null for what is loaded when it is opened. */
export function firstPageGroup(): Rolldown.CodeSplittingGroup {
  let parts: readonly { readonly name: string; readonly sets: readonly ReadonlySet<string>[] }[] | null = null;
  return {
    debugName: 'first-page',
    includeDependenciesRecursively: false,
    name(id, context) {
      const importsOf: ImportsOf = (of) => context.getModuleInfo(of)?.importedIds ?? [];
      parts ??= PARTS.map(({ name, within }) => ({ name, sets: within.map((root) => reach(root, importsOf)) }));
      return parts.find(({ sets }) => sets.every((set) => set.has(id)))?.name ?? null;
    },
  };
}

/** Names in index.html what `start.tsx` imports at once. Its styles do not hold up the first drawing: only those of the frame do. */
export const firstPageAtOnce: Plugin = {
  name: 'first-page-at-once',
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle = {}, chunk }) {
      const chunkOf = (file: string): Rolldown.OutputChunk | undefined => {
        const found = bundle[file];
        return found?.type === 'chunk' ? found : undefined;
      };
      const start = chunk?.dynamicImports.find((file) => chunkOf(file)?.name === 'start');
      if (chunk === undefined || start === undefined) return [];
      const scripts = new Set<string>();
      const left = [start];
      for (let file = left.pop(); file !== undefined; file = left.pop()) {
        if (scripts.has(file)) continue;
        scripts.add(file);
        left.push(...(chunkOf(file)?.imports ?? []));
      }
      const styles = new Set([...scripts].flatMap((file) => [...(chunkOf(file)?.viteMetadata?.importedCss ?? [])]));
      for (const file of [chunk.fileName, ...chunk.imports]) scripts.delete(file);
      for (const file of chunk.viteMetadata?.importedCss ?? []) styles.delete(file);
      const link = (attrs: Record<string, string>) => ({ tag: 'link', attrs: { ...attrs, crossorigin: true }, injectTo: 'head' as const });
      return [...[...scripts].map((file) => link({ rel: 'modulepreload', href: `./${file}` })), ...[...styles].map((file) => link({ rel: 'preload', as: 'style', href: `./${file}` }))];
    },
  },
};

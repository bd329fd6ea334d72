import type { OutputOf } from '@shared/contract/contract';

export type ObjectPage = OutputOf<'objects.list'>;
export type BucketObject = ObjectPage['objects'][number];

/** A line of the browser: a folder to open, or an object. */
export type ObjectRow = { readonly kind: 'folder'; readonly key: string; readonly name: string } | { readonly kind: 'object'; readonly key: string; readonly name: string; readonly object: BucketObject };

/** Pages as one list: folders first, then objects, by their names beneath the folder that is open, with what is typed in them. */
export function objectRows(pages: readonly ObjectPage[], filter: string): readonly ObjectRow[] {
  const wanted = filter.trim().toLowerCase();
  const prefix = pages[0]?.prefix ?? '';
  const folders = [...new Set(pages.flatMap((page) => page.folders))].map((key): ObjectRow => ({ kind: 'folder', key, name: nameBeneath(key, prefix).replace(/\/$/, '') }));
  const objects = pages.flatMap((page) => page.objects).filter((object) => object.key !== prefix).map((object): ObjectRow => ({ kind: 'object', key: object.key, name: nameBeneath(object.key, prefix), object }));
  return [...folders, ...objects].filter((row) => row.name.toLowerCase().includes(wanted));
}

function nameBeneath(key: string, prefix: string): string {
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

/** The way to a folder: each part with the prefix it opens. */
export function crumbs(prefix: string): readonly { readonly name: string; readonly prefix: string }[] {
  const parts = prefix.split('/').slice(0, -1);
  return parts.map((name, index) => ({ name, prefix: `${parts.slice(0, index + 1).join('/')}/` }));
}

/** The last part of a key: what a downloaded file is called. */
export function keyName(key: string): string {
  return key.split('/').pop() ?? key;
}

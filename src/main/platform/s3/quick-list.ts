import { compareKeys } from '@shared/domain/workspaces/keys';
import type { RemoteFile } from '@shared/domain/workspaces/sync-model';
import { AppError } from '@shared/kernel/app-error';
import { cutBody, notAStore } from './failure';
import { AskAgain, type QuickSession } from './quick-session';
import { parseXml, textIn, type XmlElement } from './quick-xml';
import type { QuickAnswer } from './quick-http';

/** So much is looked at before anything is handed on: a store that does not sort shows it by then, and everything is sorted here. */
const CHECKED_FIRST = 10_000;

interface Page {
  readonly files: readonly RemoteFile[];
  readonly next: string | null;
}

/** Lists a store in the order of the bytes of its keys, whatever order the store has. */
export class QuickLister {
  /** Buckets that were seen out of order. */
  private readonly unsorted = new Set<string>();

  constructor(private readonly session: QuickSession) {}

  /** Pages as they come. A store that turns out not to sort only after the first ten thousand ends the listing once; the next one is sorted here. */
  async *list(bucket: string, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<readonly RemoteFile[]> {
    let held: RemoteFile[] | null = [];
    let last: string | null = null;
    for await (const files of this.pages(bucket, prefix, signal)) {
      const isSorted = this.unsorted.has(bucket) || isInOrder(last, files);
      last = files.at(-1)?.key ?? last;
      if (!isSorted) {
        this.unsorted.add(bucket);
        if (held === null) throw new AppError('busy', `The bucket store at ${this.session.options.endpoint} lists ${bucket} out of order.`, { hint: 'Try again: from now on the list is sorted here.', details: { code: 'OutOfOrder' } });
      }
      if (held === null) {
        yield files;
        continue;
      }
      held = held.concat(files);
      if (held.length >= CHECKED_FIRST && !this.unsorted.has(bucket)) {
        yield held;
        held = null;
      }
    }
    if (held !== null && held.length > 0) yield this.unsorted.has(bucket) ? withoutDoubles(held.sort((one, other) => compareKeys(one.key, other.key))) : held;
  }

  /** The next page is on its way while this one is worked on. */
  private async *pages(bucket: string, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<readonly RemoteFile[]> {
    const left = new AbortController();
    const both = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
    try {
      let coming: Promise<Page> | null = this.page(bucket, prefix, null, both);
      let token: string | null = null;
      while (coming !== null) {
        const page: Page = await coming;
        if (page.next !== null && page.next === token) throw notAStore(this.session.options);
        token = page.next;
        coming = token === null ? null : this.page(bucket, prefix, token, both);
        // Whoever stops listening does not hear its end either.
        coming?.catch(() => undefined);
        yield page.files;
      }
    } finally {
      left.abort();
    }
  }

  private page(bucket: string, prefix: string, token: string | null, signal: AbortSignal): Promise<Page> {
    const query = { 'list-type': '2', prefix, 'max-keys': '1000', 'encoding-type': 'url', ...(token === null ? {} : { 'continuation-token': token }) };
    return this.session.send({ method: 'GET', bucket, query, counts: 'lists' }, signal, { read: (answer) => pageOf(readXml(this.session, answer, 'ListBucketResult', bucket)) });
  }
}

/** The tree of an answer. One that ends in the middle is asked for again; what is no answer of a store is refused. */
export function readXml(session: QuickSession, answer: QuickAnswer, name: string, what: string): XmlElement {
  const text = answer.body.toString('utf8');
  const root = parseXml(text);
  if (root?.name === name) return root;
  if (root === null && text.includes(`<${name}`)) throw new AskAgain(cutBody(session.options, what, answer.body.byteLength, answer.body.byteLength));
  if (root?.name === 'Error') throw new AskAgain(session.refusal({ ...answer, status: 500 }, { bucket: what }));
  throw notAStore(session.options);
}

/** As the store encoded it; one that does not encode says so by leaving the field out. */
export function decodedKey(key: string, isEncoded: boolean): string {
  if (!isEncoded) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

function isInOrder(last: string | null, files: readonly RemoteFile[]): boolean {
  let before = last;
  for (const { key } of files) {
    if (before !== null && compareKeys(before, key) >= 0) return false;
    before = key;
  }
  return true;
}

function withoutDoubles(files: readonly RemoteFile[]): readonly RemoteFile[] {
  return files.filter((file, index) => file.key !== files[index - 1]?.key);
}

function pageOf(root: XmlElement): Page {
  const isEncoded = textIn(root, 'EncodingType').toLowerCase() === 'url';
  const files = root.children.filter(({ name }) => name === 'Contents').map((one) => fileOf(one, isEncoded));
  const token = textIn(root, 'NextContinuationToken');
  return { files, next: textIn(root, 'IsTruncated') === 'true' && token !== '' ? token : null };
}

function fileOf({ children }: XmlElement, isEncoded: boolean): RemoteFile {
  let key = '';
  let etag = '';
  let sizeBytes = 0;
  for (const { name, text } of children) {
    if (name === 'Key') key = decodedKey(text, isEncoded);
    else if (name === 'ETag') etag = text.replaceAll('"', '');
    else if (name === 'Size') sizeBytes = Number(text);
  }
  return { key, sizeBytes, etag };
}

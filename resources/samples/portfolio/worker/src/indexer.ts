import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { IncomingFile } from '#shared/durable-files.ts';
import { log } from '#shared/service.ts';
import type { StoreClient } from '#shared/store-client.ts';
import { documentFacts, type DocumentFacts } from './document-facts.ts';

/** A processed document as it is written to `processed/<name>.json`. */
export interface ProcessedDocument extends DocumentFacts {
  readonly name: string;
  readonly sourceModifiedMs: number;
  readonly processedAt: string;
}

const RESCAN_MS = 5000;

/**
 * Keeps `processed/` in step with `uploads/`: one JSON file per upload, also in the store under `processed:<name>`. File
 * events make it quick; the rescan makes it sure, also on mounts that send no events. Doing a file twice changes nothing.
 */
export class Indexer {
  private readonly uploads: string;
  private readonly processed: string;
  private readonly store: StoreClient;
  private watcher: FSWatcher | null = null;
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private readonly unsent = new Set<string>();
  lastPassMs = Date.now();

  constructor(efsRoot: string, store: StoreClient) {
    this.uploads = join(efsRoot, 'uploads');
    this.processed = join(efsRoot, 'processed');
    this.store = store;
  }

  async start(): Promise<void> {
    await mkdir(this.uploads, { recursive: true });
    await mkdir(this.processed, { recursive: true });
    this.watcher = watch(this.uploads, () => this.request());
    this.watcher.on('error', (error) => log(`watching stopped, the rescan goes on: ${error.message}`));
    this.timer = setInterval(() => this.request(), RESCAN_MS);
    this.request();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.watcher?.close();
    if (this.timer !== null) clearInterval(this.timer);
    await this.running;
  }

  private request(): void {
    if (this.stopped) return;
    if (this.running !== null) {
      this.again = true;
      return;
    }
    this.running = this.pass()
      .catch((error: unknown) => log(`a pass failed: ${String(error)}`))
      .finally(() => {
        this.running = null;
        if (this.again) {
          this.again = false;
          this.request();
        }
      });
  }

  private async pass(): Promise<void> {
    const names = (await readdir(this.uploads)).filter((name) => !name.startsWith('.'));
    for (const name of names) {
      if (this.stopped) return;
      await this.processFile(name).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') log(`${name} was not processed: ${error.message}`);
      });
    }
    const known = new Set(names.map((name) => `${name}.json`));
    for (const result of await readdir(this.processed)) if (result.endsWith('.json') && !known.has(result)) await this.forget(result);
    this.lastPassMs = Date.now();
  }

  private async processFile(name: string): Promise<void> {
    const path = join(this.uploads, name);
    const before = await stat(path);
    if (!before.isFile()) return;
    const known = await this.read(name);
    if (known === null || known.sourceModifiedMs !== before.mtimeMs || known.sizeBytes !== before.size) {
      const document: ProcessedDocument = { name, ...(await documentFacts(path)), sourceModifiedMs: before.mtimeMs, processedAt: new Date().toISOString() };
      const file = await IncomingFile.create(this.processed);
      try {
        await file.handle.writeFile(`${JSON.stringify(document, null, 2)}\n`);
        await file.finishWriting();
        await file.replace(`${name}.json`);
      } catch (error) {
        await file.discard();
        throw error;
      }
      this.unsent.add(name);
      log(`processed ${name}: ${document.sizeBytes} bytes, ${document.words ?? 'no'} words`);
    }
    if (this.unsent.has(name)) await this.send(name);
  }

  /** The store may be away for a while: what it did not take is sent with a later pass. */
  private async send(name: string): Promise<void> {
    const document = await this.read(name);
    if (document === null) return;
    await this.store.put(`processed:${name}`, document);
    this.unsent.delete(name);
  }

  private async forget(result: string): Promise<void> {
    const name = result.slice(0, -'.json'.length);
    await this.store.delete(`processed:${name}`).catch((error: unknown) => log(`the store kept ${name}: ${String(error)}`));
    await unlink(join(this.processed, result));
    log(`removed the result of ${name}, which was deleted`);
  }

  private async read(name: string): Promise<ProcessedDocument | null> {
    try {
      return JSON.parse(await readFile(join(this.processed, `${name}.json`), 'utf8')) as ProcessedDocument;
    } catch {
      return null;
    }
  }
}

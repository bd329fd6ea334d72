/** A record as the store keeps it. */
export interface StoredRecord {
  readonly key: string;
  readonly value: unknown;
  readonly storedAt: string;
}

const DEADLINE_MS = 3000;

/** The store's HTTP interface, for the other services. Every call has a deadline. */
export class StoreClient {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async put(key: string, value: unknown): Promise<void> {
    await this.call('PUT', key, value);
  }

  async get(key: string): Promise<StoredRecord | null> {
    const reply = await this.call('GET', key);
    return reply === null ? null : ((await reply.json()) as StoredRecord);
  }

  async delete(key: string): Promise<void> {
    await this.call('DELETE', key);
  }

  private async call(method: string, key: string, value?: unknown): Promise<Response | null> {
    const reply = await fetch(`${this.url}/records/${encodeURIComponent(key)}`, {
      method,
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...(value === undefined ? {} : { body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } }),
    });
    if (reply.status === 404) return null;
    if (!reply.ok) throw new Error(`The store answered ${method} ${key} with ${reply.status}.`);
    return reply;
  }
}

/** What the local API takes: a request is a few kilobytes; anything larger or slower is not one of ours. */
export interface ApiLimits {
  readonly maxBodyBytes: number;
  /** How deep the JSON of a request may be nested: no input of the contract comes near it, and deeper ones exhaust the stack of whoever walks them. */
  readonly maxDepth: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often connections are looked at for the two above. */
  readonly checkEveryMs: number;
  readonly maxConnections: number;
  /** Bytes that may wait for a reader who does not read; then the stream is cut. */
  readonly maxBacklogBytes: number;
  /** Listeners to events are pinged this often, so that a dead one is noticed. */
  readonly pingEveryMs: number;
  /** A body nobody wants is thrown away for so long and so far after the answer, so that the answer arrives. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
}

export const API_LIMITS: ApiLimits = {
  maxBodyBytes: 256 * 1024,
  maxDepth: 64,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  checkEveryMs: 2_000,
  maxConnections: 1_024,
  maxBacklogBytes: 16 * 1024 * 1024,
  pingEveryMs: 15_000,
  lingerMs: 1_000,
  lingerBytes: 1024 * 1024,
};

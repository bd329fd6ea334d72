/** The address of a bucket store, taken apart as it is written; whether it is one is for whoever asks. */
export interface S3Address {
  /** In small letters; empty where none is written. */
  readonly scheme: string;
  /** Whether keys stand in front of the host. They are never handed on. */
  readonly hasKeys: boolean;
  /** In small letters, an IPv6 address in its brackets. */
  readonly host: string;
  /** As written; empty where none is. */
  readonly port: string;
  /** What follows host and port, without the first slash. */
  readonly rest: string;
}

/** scheme, keys, host, port, and what follows them. */
const ADDRESS = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^/?#]*)@)?(\[[^\]/?#]*\]|[^/?#:]*)(?::([^/?#]*))?\/?(.*)$/is;
const USUAL_PORTS: ReadonlyMap<string, string> = new Map([['http', '80'], ['https', '443']]);

/** Takes an address apart; every text has one form or another. */
export function s3Address(text: string): S3Address {
  const found = ADDRESS.exec(text.trim());
  return { scheme: (found?.[1] ?? '').toLowerCase(), hasKeys: found?.[2] !== undefined, host: (found?.[3] ?? '').toLowerCase(), port: found?.[4] ?? '', rest: found?.[5] ?? '' };
}

/** Host and port, the port only where it is not the usual one of its scheme. */
export function hostWithPort({ scheme, host, port }: Pick<S3Address, 'scheme' | 'host' | 'port'>): string {
  return port === '' || port === USUAL_PORTS.get(scheme) ? host : `${host}:${port}`;
}

/** The port, written or not; NaN where neither says one. */
export function portNumber({ scheme, port }: Pick<S3Address, 'scheme' | 'port'>): number {
  return Number(port === '' ? (USUAL_PORTS.get(scheme) ?? NaN) : port);
}

import { AppError } from '../../kernel/app-error';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** scheme, keys, host, port, and what follows them. */
const ADDRESS = /^(https?):\/\/(?:([^/?#]*)@)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?(\/?)(.*)$/is;
const USUAL_PORTS: { readonly [scheme: string]: number } = { http: 80, https: 443 };

interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/** The address of a bucket store as it is kept: scheme, host and port, nothing else. */
export function externalEndpoint(text: string): string {
  const found = ADDRESS.exec(text.trim());
  const port = Number(found?.[4] ?? 1);
  if (found === null || port < 1 || port > 65_535) {
    throw new AppError('input-invalid', `“${text.replace(/\/\/[^/@]*@/, '//')}” is not the address of a bucket store.`, { hint: 'Write it as https://host or http://host:port.' });
  }
  const origin = originOf(read(found));
  if (found[2] !== undefined) throw new AppError('input-invalid', 'Keys do not belong into the address of a bucket store.', { hint: 'Give them as BERTH_S3_ACCESS_KEY and BERTH_S3_SECRET_KEY.' });
  if (found[6] !== '') throw new AppError('input-invalid', `The address of a bucket store ends behind its host and port: ${origin}`, { hint: 'Buckets are named by themselves.' });
  return origin;
}

/** True when only this machine reaches it under that name: a container would reach itself. */
export function isOwnMachine(endpoint: string): boolean {
  return LOOPBACK.test(addressOf(endpoint).host);
}

/** The port, written or not. */
export function portOf(endpoint: string): number {
  return addressOf(endpoint).port;
}

/** What whoever uses it should know. */
export function endpointNotices(endpoint: string): readonly string[] {
  return addressOf(endpoint).scheme === 'http' && !isOwnMachine(endpoint) ? [`${endpoint} is not encrypted: everybody on the way can read what is stored there.`] : [];
}

function addressOf(endpoint: string): Address {
  const found = ADDRESS.exec(endpoint);
  if (found === null) throw new Error(`${endpoint} was not kept by externalEndpoint.`);
  return read(found);
}

function read(found: RegExpExecArray): Address {
  const scheme = (found[1] ?? '').toLowerCase();
  return { scheme, host: (found[3] ?? '').toLowerCase(), port: Number(found[4] ?? USUAL_PORTS[scheme]) };
}

function originOf({ scheme, host, port }: Address): string {
  return `${scheme}://${host}${port === USUAL_PORTS[scheme] ? '' : `:${String(port)}`}`;
}

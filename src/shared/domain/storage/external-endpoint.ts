import { AppError } from '../../kernel/app-error';
import { hostWithPort, portNumber, s3Address, type S3Address } from './s3-address';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)$/;

/** The address of a bucket store as it is kept: scheme, host and port, nothing else. */
export function externalEndpoint(text: string): string {
  const address = s3Address(text);
  const port = portNumber(address);
  if (!/^https?$/.test(address.scheme) || !HOST.test(address.host) || !/^\d{0,5}$/.test(address.port) || port < 1 || port > 65_535) {
    throw new AppError('input-invalid', `“${text.replace(/\/\/[^/]*@/, '//')}” is not the address of a bucket store.`, { hint: 'Write it as https://host or http://host:port.' });
  }
  const origin = originOf(address);
  if (address.hasKeys) throw new AppError('input-invalid', 'Keys do not belong into the address of a bucket store.', { hint: 'Give them as BERTH_S3_ACCESS_KEY and BERTH_S3_SECRET_KEY.' });
  if (address.rest !== '') throw new AppError('input-invalid', `The address of a bucket store ends behind its host and port: ${origin}`, { hint: 'Buckets are named by themselves.' });
  return origin;
}

/** True when only this machine reaches it under that name: a container would reach itself. */
export function isOwnMachine(endpoint: string): boolean {
  return LOOPBACK.test(s3Address(endpoint).host);
}

/** What whoever uses it should know. */
export function endpointNotices(endpoint: string): readonly string[] {
  return s3Address(endpoint).scheme === 'http' && !isOwnMachine(endpoint) ? [`${endpoint} is not encrypted: everybody on the way can read what is stored there.`] : [];
}

function originOf(address: S3Address): string {
  // The number, so that 0080 is 80.
  const port = address.port === '' ? '' : String(portNumber(address));
  return `${address.scheme}://${hostWithPort({ ...address, port })}`;
}

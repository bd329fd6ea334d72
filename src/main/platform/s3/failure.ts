import { AppError } from '@shared/kernel/app-error';
import type { S3Options } from './types';

/** What a call was about, for its sentence. */
export interface S3Subject {
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
}

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const FULL = new Set(['XMinioStorageFull', 'XMinioDiskFull', 'InsufficientStorage', 'QuotaExceeded', 'XMinioAdminBucketQuotaExceeded']);
/** MinIO passes on what the disk said as an error of its own, depending on where in a write it ran full. */
const FULL_WORDS = /no space left on device|disk path full|minimum free drive threshold/i;
const BUSY = new Set(['SlowDown', 'SlowDownRead', 'SlowDownWrite', 'ServiceUnavailable', 'ServerBusy', 'TooManyRequests', 'ThrottlingException', 'XMinioServerNotInitialized']);
const WRONG_KEYS = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken', 'XMinioInvalidIAMCredentials', 'XAdminUserNotFound']);
/** Names of objects that the store cannot keep. */
const WRONG_NAMES = new Set(['KeyTooLongError', 'KeyTooLong', 'InvalidURI', 'InvalidObjectName', 'XMinioInvalidObjectName', 'XMinioObjectExistsAsDirectory', 'XMinioParentIsObject', 'ObjectParentIsFile', 'ExistingObjectIsDirectory']);
const BROKEN_ON_THE_WAY = new Set(['BadDigest', 'XAmzContentSHA256Mismatch']);
const NETWORK = /^(?:ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|EPROTO|CERT_|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED|ERR_TLS)/;
const CUT = /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET)$/;
const TLS = /^(?:EPROTO|CERT_|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED|ERR_TLS)/;

/** What anything thrown by a call means, in one plain sentence. `details.code` is the store's or the network's own word for it. */
export function s3Failure(thrown: unknown, options: S3Options, subject: S3Subject, cancelled: boolean): AppError {
  if (thrown instanceof AppError) return thrown;
  if (cancelled) return new AppError('cancelled', 'Cancelled.');
  const { name = '', message = '', $metadata } = (thrown ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const network = networkCode(thrown);
  // The package's errors carry the whole request, signature included: only their words are kept.
  const cause = new Error(`${name}: ${message}`.slice(0, 500));
  if (name === 'AbortError' || name === 'TimeoutError' || network === 'ETIMEDOUT') return silent(options, cause);
  if (status === undefined && network !== '') return unreachable(options, network, cause);
  if (isNoHttp(thrown)) return notAStore(options, { details: { code: 'NotHttp' }, cause });
  return refused({ name, message, status, network, cause }, options, subject);
}

/** True when the connection ended before the whole answer was there: what was asked for may have happened or not. */
export function isCutConnection(thrown: unknown): boolean {
  return CUT.test(networkCode(thrown));
}

/** True for a refusal that asks for patience. */
export function isBusyAnswer({ code, details }: AppError): boolean {
  const said = details?.['code'];
  const status = details?.['status'];
  return code === 'service-unreachable' && ((typeof said === 'string' && BUSY.has(said)) || status === 503 || status === 429);
}

/** The parser of the package gave up on the first line. */
function isNoHttp(thrown: unknown): boolean {
  return ((thrown ?? {}) as SdkError).name === 'HTTPParserError';
}

/** Something else listens there. */
export function notAStore(options: S3Options, more: { readonly details?: { readonly code: string }; readonly cause?: unknown } = {}): AppError {
  return new AppError('service-unreachable', `${store(options)} answers, but not as a bucket store does.`, { hint: 'Check the address and the port.', ...more });
}

/** The store at its address, as sentences name it. */
function store(options: S3Options): string {
  return `The bucket store at ${options.endpoint}`;
}

function silent(options: S3Options, cause: unknown): AppError {
  return new AppError('service-unreachable', `${store(options)} did not answer within ${String(options.deadlineMs / 1000)} seconds.`, { hint: 'Check that it runs and that the address is right.', details: { code: 'Timeout' }, cause });
}

function unreachable(options: S3Options, code: string, cause: unknown): AppError {
  const details = { code: code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : code };
  if (CUT.test(code)) return new AppError('service-unreachable', `${store(options)} ended the connection in the middle.`, { hint: 'Try again; if it happens again, look at its log and at the network between.', details, cause });
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return new AppError('service-unreachable', `The name of the bucket store at ${options.endpoint} is not known (${code}).`, { hint: 'Check the address, and whether this computer is online.', details, cause });
  if (TLS.test(code)) return new AppError('service-unreachable', `${store(options)} cannot be trusted: its certificate is not accepted (${code}).`, { hint: 'Check whether the address is to begin with http:// or https://, and the certificate.', details, cause });
  return new AppError('service-unreachable', `${store(options)} cannot be reached (${code}).`, { hint: 'Check that it runs and that the address is right.', details, cause });
}

interface Refusal {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly network: string;
  readonly cause: Error;
}

/** True when the store's disk is full: asking again only shows what came of that. */
export function saysFull(thrown: unknown): boolean {
  const { name = '', message = '', $metadata } = (thrown ?? {}) as SdkError;
  return isFull(name, $metadata?.httpStatusCode, message);
}

function isFull(name: string, status: number | undefined, message: string): boolean {
  return FULL.has(name) || status === 507 || FULL_WORDS.test(message);
}

function refused({ name, message, status, network, cause }: Refusal, options: S3Options, { bucket, key }: S3Subject): AppError {
  const code = codeOf(name, status);
  const more = { details: { code, ...(status === undefined ? {} : { status }) }, cause };
  const keysHint = options.keysHint ?? 'Check the access key and the secret key.';
  if (isFull(name, status, message)) return new AppError('disk-full', `${store(options)} has no space left.`, { hint: 'Remove objects or old versions, or give it more space; what it has stays as it is.', ...more });
  if (BUSY.has(name) || status === 503 || status === 429) return new AppError('service-unreachable', `${store(options)} is too busy to answer now.`, { hint: 'Try again in a moment.', ...more });
  if (WRONG_KEYS.has(name) || status === 401) return new AppError('input-invalid', `${store(options)} refuses the keys.`, { hint: keysHint, ...more });
  if (name === 'RequestTimeTooSkewed') return new AppError('input-invalid', `${store(options)} refuses the keys because the clocks of the two computers differ.`, { hint: 'Set the clock of this computer.', ...more });
  if (status === 403) return new AppError('input-invalid', name !== 'AccessDenied' && bucket === undefined ? `${store(options)} refuses the keys.` : bucket === undefined ? `These keys may not do this at ${options.endpoint}.` : `These keys may not do this with the bucket ${bucket}.`, { hint: keysHint, ...more });
  if (name === 'BucketNotEmpty') return new AppError('blocked', `The bucket ${bucket ?? ''} is not empty.`, { hint: 'Remove its objects, with all their versions, first.', ...more });
  if (status === 404) return missing(name, code, options, { bucket, key }, cause);
  if (status === 301 || name === 'AuthorizationHeaderMalformed') return new AppError('input-invalid', `${store(options)} is in another region than ${options.region}.`, { hint: 'Name the region of the bucket.', ...more });
  if (WRONG_NAMES.has(name)) return new AppError('input-invalid', `${store(options)} cannot keep ${key ?? 'an object'} under this name.`, { hint: 'Rename the file, or leave it out.', ...more });
  if (BROKEN_ON_THE_WAY.has(name)) return differentBody(options, key ?? 'a request');
  if (status !== undefined && status < 300) return notAStore(options, more);
  const reason = status === undefined ? (network === '' ? message : network) : `HTTP ${String(status)}${code === String(status) ? '' : `, ${code}`}`;
  return new AppError('service-unreachable', `${store(options)} cannot be used (${reason}).`, { hint: 'Check that it runs and that the address is right.', ...more });
}

function missing(name: string, code: string, options: S3Options, { bucket, key }: S3Subject, cause: unknown): AppError {
  // The answer to a HEAD has no body, so no name.
  const kind = name === 'NotFound' || code === '404' ? (key === undefined ? 'NoSuchBucket' : 'NoSuchKey') : name;
  const details = { code: bucket === undefined ? code : kind };
  if (bucket === undefined) return new AppError('not-found', `${store(options)} does not have it.`, { details, cause });
  if (kind === 'NoSuchBucket') return new AppError('not-found', `There is no bucket ${bucket} at ${options.endpoint}.`, { hint: `Make it: berth buckets create ${bucket}`, details, cause });
  if (kind === 'NoSuchUpload') return new AppError('service-unreachable', `${store(options)} lost what it had of ${key ?? 'the upload'}.`, { hint: 'Upload it again; if it happens again, look at its disk and its log.', details, cause });
  if (kind === 'NoSuchVersion') return new AppError('not-found', `There is no such version of ${key ?? ''} in the bucket ${bucket}.`, { details, cause });
  return new AppError('not-found', `There is no ${key ?? 'object'} in the bucket ${bucket}.`, { details, cause });
}

function codeOf(name: string, status: number | undefined): string {
  const said = name === 'Error' || name === '' || name.startsWith('Unknown') ? '' : name;
  return said === '' ? String(status ?? 'unknown') : said;
}

/** The code of the system behind a failed connection, however deep it is. */
function networkCode(thrown: unknown, depth = 0): string {
  if (typeof thrown !== 'object' || thrown === null || depth > 4) return '';
  const { code, cause, errors } = thrown as SdkError;
  if (typeof code === 'string' && (NETWORK.test(code) || CUT.test(code))) return code;
  return [cause, ...(errors ?? [])].map((one) => networkCode(one, depth + 1)).find((one) => one !== '') ?? '';
}

/** A body that ended before its announced length, or whose checksum is another. */
export function cutBody(options: S3Options, key: string, got: number, expected: number): AppError {
  return new AppError('service-unreachable', `${store(options)} ended ${key} after ${String(got)} of ${String(expected)} bytes.`, { hint: 'Try again; nothing was kept of it.', details: { code: 'CutBody', got, expected } });
}

/** What arrived is not what was sent. */
export function differentBody(options: S3Options, key: string): AppError {
  return new AppError('service-unreachable', `What arrived of ${key} is not what was sent: the checksums differ (${options.endpoint}).`, { hint: 'Try again; nothing was kept of it.', details: { code: 'ChecksumMismatch' } });
}

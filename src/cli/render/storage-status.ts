import type { OutputOf } from '@shared/contract/contract';
import { duration, paint, printable, table, type Terminal } from '../terminal';
import { addedText, answerText, atText, measuredText, orDash, remoteText, spanText } from './storage-words';
import { bytes } from './usage';

type Status = OutputOf<'storage.status'>;

/** What is known beside the state of storage when it is shown to people: whether anything collides. */
export interface BesideStatus {
  readonly conflicts?: OutputOf<'storage.conflicts'>;
}

/** The answer in the first line, then server, mounts, sync jobs, folders, and what all of it adds. */
export function statusText(value: Status & BesideStatus, terminal: Terminal): string {
  const answer = answerText(value, value.conflicts);
  return [
    `${paint(terminal, answer.good ? 'green' : 'yellow', answer.text)}\n`,
    serverText(value.s3, terminal),
    value.mounts.length === 0 ? '' : `\n${mountsText(value.mounts)}`,
    value.jobs.length === 0 ? '' : `\n${jobsText(value.jobs)}`,
    value.folders.length === 0 ? '' : `\n${foldersText(value.folders)}`,
    `\n${endText(value)}`,
  ].join('');
}

function serverText(s3: Status['s3'], terminal: Terminal): string {
  const where = s3.endpoint === null ? '' : ` at ${s3.endpoint}`;
  const image = s3.image === null ? '' : `, image ${s3.image}`;
  const kind = s3.origin === 'external' ? 'S3 (external)' : s3.flavour === null ? 'S3' : `S3 (${s3.flavour}${image})`;
  const lines = [
    `${kind}: ${s3.health}${where}. ${s3.detail}`,
    ...(s3.consoleUrl === null ? [] : [`Console: ${s3.consoleUrl}`]),
    `Keys: ${KEYS[s3.credentials]}${s3.volume === null ? '' : `. Data: volume ${s3.volume}`}`,
  ];
  return `${lines.map((line) => `${printable(line.trim())}\n`).join('')}${s3.notices.map((one) => `${paint(terminal, 'yellow', 'notice')} ${printable(one)}\n`).join('')}`;
}

const KEYS: { readonly [N in Status['s3']['credentials']]: string } = {
  generated: 'made by Berth, limited to this project’s buckets',
  default: 'minioadmin, on this machine only',
  given: 'given by you',
  none: 'none yet',
};

function mountsText(mounts: Status['mounts']): string {
  const rows = table(
    ['MOUNT', 'BUCKET', 'STATE', 'RIGHTS', 'WITH', 'CACHE', 'FILES KEPT', 'LISTINGS KEPT', 'ANSWERS IN', 'ON THIS MACHINE'],
    mounts.map((one) => [one.mountPoint, remoteText(one), one.state, one.readOnly ? 'read only' : 'read, write', one.backend, cacheText(one.cache), spanText(one.cache.maxAgeSeconds), spanText(one.cache.dirCacheSeconds), one.latencyMs === null ? '-' : duration(one.latencyMs), orDash(one.hostPath)]),
  );
  return `${rows}${mounts.filter((one) => one.state !== 'healthy').map((one) => `  ${printable(`${one.mountPoint}: ${one.detail}`)}\n`).join('')}`;
}

function cacheText(cache: Status['mounts'][number]['cache']): string {
  return `${cache.usedBytes === null ? '-' : bytes(cache.usedBytes)} of ${bytes(cache.maxBytes)}`;
}

function jobsText(jobs: Status['jobs']): string {
  const rows = table(
    ['JOB', 'TO', 'STATE', 'DELETIONS', 'EVERY', 'NEXT', 'LAST RUN', 'RESULT'],
    jobs.map((one) => [one.source, remoteText(one), one.state, one.semantics === 'archive' ? 'stay in the bucket' : 'follow', spanText(one.everySeconds), atText(one.nextRunAt), atText(one.lastRun?.startedAt ?? null), one.lastRun === null ? '-' : runText(one.lastRun)]),
  );
  return `${rows}${jobs.filter((one) => ['failed', 'stopped', 'waiting'].includes(one.state)).map((one) => `  ${printable(`${one.source}: ${one.detail}`)}\n`).join('')}`;
}

/** How a run went: 3 files, 1.5 KiB. */
export function runText({ state, files, bytes: moved, errors, drifted }: OutputOf<'storage.runs'>[number]): string {
  const copied = `${String(files)} ${files === 1 ? 'file' : 'files'}, ${bytes(moved)}`;
  return [state === 'succeeded' ? copied : `${state}, ${copied}`, ...(errors === 0 ? [] : [`${String(errors)} ${errors === 1 ? 'error' : 'errors'}`]), ...(drifted.length === 0 ? [] : [`${String(drifted.length)} changed in the bucket by somebody else`])].join(', ');
}

function foldersText(folders: Status['folders']): string {
  const rights = (one: Status['folders'][number]): string => [...(one.readable ? ['read'] : []), ...(one.writable ? ['write'] : [])].join(', ');
  const rows = table(
    ['FOLDER', 'STATE', 'MOUNTED', 'RIGHTS', 'USED', 'FREE', 'ANSWERS IN', 'LAST SYNC'],
    folders.map((one) => [one.path, one.state, one.mounted ? 'yes' : 'no', orDash(rights(one)), sizeText(one.usedBytes), sizeText(one.freeBytes), one.latencyMs === null ? '-' : duration(one.latencyMs), atText(one.lastSyncAt)]),
  );
  return `${rows}${folders.filter((one) => one.state === 'down').map((one) => `  ${printable(`${one.path}: ${one.detail}`)}\n`).join('')}`;
}

function sizeText(size: number | null): string {
  return size === null ? '-' : bytes(size);
}

function endText({ added, measured, fuse, file, mounts }: Status): string {
  const next = file === null ? 'Set it up: berth storage setup complementary\n' : `Defined in ${printable(file)}.\n`;
  const impossible = fuse.possible || (mounts.length === 0 && file !== null) ? '' : `${printable(fuse.reason)} ${printable(fuse.instead)}\n`;
  return `Asks for ${addedText(added)}; ${measuredText(measured)}.\n${impossible}${next}`;
}

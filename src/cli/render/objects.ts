import type { OutputOf } from '@shared/contract/contract';
import { printable, table, type Terminal } from '../terminal';
import { atText } from './storage-words';
import { bytes } from './usage';

type Input = { readonly [field: string]: unknown };
type Transfer = OutputOf<'objects.put'>;

/** How buckets and what lies in them are shown. */
export const objectsRenderers = {
  'buckets.list': (value: OutputOf<'buckets.list'>, _terminal: Terminal): string =>
    value.length === 0 ? 'There is no bucket yet. Make one: berth buckets create <bucket>\n' : bucketTable(value),
  'buckets.create': ({ bucket }: OutputOf<'buckets.create'>, _terminal: Terminal): string => `Made the bucket ${printable(bucket.name)}${bucket.versioning === 'enabled' ? '; old versions of its objects are kept' : ''}.\n`,
  'buckets.versioning': ({ bucket }: OutputOf<'buckets.versioning'>, _terminal: Terminal): string =>
    bucket.versioning === 'enabled' ? `${printable(bucket.name)} keeps old versions of its objects from now on.\n` : `${printable(bucket.name)} keeps no more new versions (versioning: ${bucket.versioning}).\n`,
  'buckets.remove': (_value: OutputOf<'buckets.remove'>, _terminal: Terminal, input: Input): string => `Removed the bucket ${named(input, 'bucket')}.\n`,
  'objects.list': (value: OutputOf<'objects.list'>, _terminal: Terminal): string => pageText(value),
  'objects.versions': (value: OutputOf<'objects.versions'>, _terminal: Terminal): string =>
    value.length === 0
      ? 'There is no version of it.\n'
      : table(['VERSION', 'CHANGED', 'SIZE', ''], value.map((one) => [one.versionId, atText(one.modifiedAt), one.deleted ? '-' : bytes(one.sizeBytes), [...(one.latest ? ['newest'] : []), ...(one.deleted ? ['deleted'] : []), ...(one.versionId === 'null' ? ['from before versions were kept'] : [])].join(', ')])),
  'objects.put': (value: Transfer, _terminal: Terminal): string => `Uploaded ${transferText(value)}\n`,
  'objects.get': (value: Transfer, _terminal: Terminal, input: Input): string => `Downloaded ${transferText(value)} To ${named(input, 'file')}.\n`,
  'objects.remove': ({ removed, failed }: OutputOf<'objects.remove'>, _terminal: Terminal): string =>
    `${removed.length === 0 ? 'Nothing was deleted.' : `Deleted ${printable(removed.join(', '))}.`}\n${failed.map((one) => `Not deleted: ${printable(`${one.key}: ${one.detail}`)}\n`).join('')}`,
  'objects.restore': (value: Transfer, _terminal: Terminal): string => `Made an older version the newest one: ${transferText(value)}\n`,
} as const;

function bucketTable(buckets: OutputOf<'buckets.list'>): string {
  return table(['BUCKET', 'MADE', 'VERSIONS', 'USED BY'], buckets.map((one) => [one.name, atText(one.createdAt), one.versioning === 'enabled' ? 'kept' : one.versioning, one.usedBy.length === 0 ? '-' : one.usedBy.join(', ')]));
}

function pageText({ bucket, prefix, folders, objects, next }: OutputOf<'objects.list'>): string {
  const place = prefix === '' ? bucket : `${bucket}/${prefix}`;
  if (folders.length + objects.length === 0) return `Nothing lies in ${printable(place)}.\n`;
  const rows = [...folders.map((name) => [name, 'folder', '-']), ...objects.map((one) => [one.key, bytes(one.sizeBytes), atText(one.modifiedAt)])];
  const more = next === null ? '' : `There is more: add --after '${printable(next)}'\n`;
  return `${table(['KEY', 'SIZE', 'CHANGED'], rows)}${more}`;
}

function transferText({ bucket, key, sizeBytes, etag, versionId }: Transfer): string {
  return `${printable(`${bucket}/${key}`)}: ${bytes(sizeBytes)}, checksum ${printable(etag)}${versionId === null ? '' : `, version ${printable(versionId)}`}.`;
}

function named(input: Input, field: string): string {
  return printable(String(input[field] ?? ''));
}

import type { Json, JsonObject } from '@shared/kernel/json';
import { canonicalJson, parseCanonicalJson } from './canonical';
import { Fields } from './fields';
import { isSnapshotId } from './snapshot-id';
import type { Manifest, ManifestPart } from './types';

const KINDS = ['files', 'settings', 'containers', 'images', 'volume', 'bind', 'bucket'] as const;
const CONSISTENCIES = ['hook', 'stopped', 'paused', 'live', 'none'] as const;
const HEALTHS = ['healthy', 'unhealthy', 'stopped'] as const;

/** A manifest as a document. */
export function manifestBody(manifest: Manifest): JsonObject {
  return manifest as unknown as JsonObject;
}

/** Reads the body of a manifest. Throws SnapshotFormatError where a field is missing, of the wrong kind, or not known. */
export function parseManifestBody(value: Json): Manifest {
  const fields = Fields.of(value, 'a manifest');
  const id = fields.text('id');
  if (!isSnapshotId(id)) throw fields.wrong('id', 'is not the id of a snapshot');
  const complete = fields.flag('complete');
  if (!complete) throw fields.wrong('complete', 'is not true');
  const manifest: Manifest = {
    id,
    createdAt: fields.when('createdAt'),
    tag: fields.textOrNull('tag'),
    reason: fields.text('reason'),
    operationId: fields.textOrNull('operationId'),
    berth: fields.text('berth'),
    engine: engineOf(fields.object('engine')),
    project: projectOf(fields.object('project')),
    mode: fields.textOrNull('mode'),
    health: fields.oneOf('health', HEALTHS),
    parts: fields.objects('parts').map(partOf),
    notes: fields.texts('notes'),
    complete,
  };
  fields.end();
  return manifest;
}

function engineOf(fields: Fields): Manifest['engine'] {
  const engine = { version: fields.text('version'), api: fields.text('api'), os: fields.text('os'), arch: fields.text('arch') };
  fields.end();
  return engine;
}

function projectOf(fields: Fields): Manifest['project'] {
  const project = { id: fields.text('id'), name: fields.text('name'), dir: fields.text('dir') };
  fields.end();
  return project;
}

function partOf(fields: Fields): ManifestPart {
  const part: ManifestPart = {
    kind: fields.oneOf('kind', KINDS),
    name: fields.text('name'),
    tree: fields.hashes('tree'),
    sha256: fields.hash('sha256'),
    files: fields.count('files'),
    sizeBytes: fields.count('sizeBytes'),
    secret: fields.flag('secret'),
    consistency: fields.oneOf('consistency', CONSISTENCIES),
    skipped: fields.objects('skipped').map((skipped) => {
      const entry = { path: skipped.text('path'), why: skipped.text('why') };
      skipped.end();
      return entry;
    }),
    facts: fields.plain('facts'),
  };
  fields.end();
  return part;
}

/** A manifest file before its body is opened. */
export interface ManifestFile {
  /** An object, or base64 where manifests are encrypted. */
  readonly body: JsonObject | string;
  readonly mac: string | null;
  readonly sha256: string;
}

/** What is hashed: the body as it stands in the file. */
export function hashedBody(body: JsonObject | string): string {
  return canonicalJson(body);
}

export function encodeManifestFile(file: ManifestFile): string {
  return canonicalJson({ berthSnapshot: 1, body: file.body, mac: file.mac, sha256: file.sha256 });
}

/** Reads a manifest file; the hashes are for the reader to compare. Throws SnapshotFormatError. */
export function parseManifestFile(text: string): ManifestFile {
  const fields = Fields.of(parseCanonicalJson(text), 'a manifest file');
  if (fields.count('berthSnapshot') !== 1) throw fields.wrong('berthSnapshot', 'is not 1');
  const file = { body: typeof fields.value('body') === 'string' ? fields.text('body') : fields.plain('body'), mac: fields.value('mac') === null ? null : fields.hash('mac'), sha256: fields.hash('sha256') };
  fields.end();
  return file;
}

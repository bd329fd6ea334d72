import { canonicalJson, parseCanonicalJson } from '@shared/domain/snapshots/canonical';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { encodeManifestFile, hashedBody, manifestBody, parseManifestBody, parseManifestFile } from '@shared/domain/snapshots/manifest';
import { isSnapshotId } from '@shared/domain/snapshots/snapshot-id';
import type { Manifest } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import { damaged, damagedIn, isMissing } from './failures';
import { decrypt, encrypt, type DataKeys } from './keys';
import { manifestName, pinName } from './names';
import { base64, hmac, sha256OfText, strictText } from './sums';
import type { DamagedObject, ObjectPlace } from './types';

const READS_AT_ONCE = 4;

/** A manifest that could be read. */
export interface ReadManifest {
  readonly manifest: Manifest;
  readonly foreign: boolean;
}

/** The manifests and pins of a repository. */
export class Manifests {
  /** By name, length and time: a manifest is never changed. */
  private known = new Map<string, ReadManifest>();

  constructor(
    private readonly place: ObjectPlace,
    private readonly keys: DataKeys | null,
    private readonly encryptAll: boolean,
  ) {}

  /** From its bytes. Rejects with `not-found`, or `damaged`. */
  async read(id: string): Promise<ReadManifest> {
    if (!isSnapshotId(id)) throw new AppError('not-found', `There is no snapshot ${id}.`);
    const name = manifestName(id);
    const bytes = await this.place.read(name).catch((error: unknown) => {
      throw isMissing(error) ? new AppError('not-found', `There is no snapshot ${id} in ${this.place.where}.`, { hint: 'berth snapshots list shows those that are there.', cause: error }) : error;
    });
    try {
      return this.parse(id, strictText(bytes) ?? '');
    } catch (error) {
      if (!(error instanceof SnapshotFormatError)) throw error;
      throw damaged([{ object: name, part: '' }], `the list of what is in it is not what was written (${error.message})`, error);
    }
  }

  /** Newest first. `fresh`: each is read, also those that are known. */
  async list(fresh = false): Promise<{ readonly manifests: readonly (ReadManifest & { readonly pinned: boolean })[]; readonly damaged: readonly DamagedObject[] }> {
    const known = new Map<string, ReadManifest>();
    const pins = new Set<string>();
    for await (const { name } of this.place.list('pins/')) pins.add(name);
    const found: { readonly id: string; readonly key: string }[] = [];
    const broken: DamagedObject[] = [];
    for await (const { name, size, modifiedMs } of this.place.list('snapshots/')) {
      const id = name.slice('snapshots/'.length, -'.json'.length);
      if (manifestName(id) === name && isSnapshotId(id)) found.push({ id, key: `${id} ${String(size)} ${String(modifiedMs)}` });
    }
    await inParallel(found, READS_AT_ONCE, async ({ id, key }) => {
      try {
        known.set(key, (fresh ? undefined : this.known.get(key)) ?? (await this.read(id)));
      } catch (error) {
        const objects = damagedIn(error);
        if (objects === null && !isMissing(error)) throw error;
        broken.push(...(objects ?? []));
      }
    });
    this.known = known;
    const manifests = [...known.values()].map((one) => ({ ...one, pinned: pins.has(pinName(one.manifest.id)) }));
    return { manifests: manifests.sort((one, other) => (one.manifest.createdAt === other.manifest.createdAt ? (one.manifest.id < other.manifest.id ? 1 : -1) : one.manifest.createdAt < other.manifest.createdAt ? 1 : -1)), damaged: broken };
  }

  /** Resolves with its length. Throws where no reader would take it. */
  async write(manifest: Manifest, foreign: boolean): Promise<number> {
    const text = this.encode(manifest, foreign);
    this.parse(manifest.id, text);
    const bytes = Buffer.from(text);
    await this.place.write(manifestName(manifest.id), [bytes]);
    return bytes.length;
  }

  private encode(manifest: Manifest, foreign: boolean): string {
    const plain = manifestBody(manifest);
    const body = this.encryptAll && this.keys !== null ? base64(Buffer.concat(encrypt(this.keys.content, Buffer.from(canonicalJson(plain)), Buffer.from(manifest.id)))) : plain;
    const sha256 = sha256OfText(hashedBody(body));
    return encodeManifestFile({ body, sha256, mac: foreign || this.keys === null ? null : macOf(this.keys, sha256) });
  }

  private parse(id: string, text: string): ReadManifest {
    const file = parseManifestFile(text);
    if (sha256OfText(hashedBody(file.body)) !== file.sha256) throw new SnapshotFormatError('Its hash is another.');
    if (file.mac !== null && this.keys !== null && macOf(this.keys, file.sha256) !== file.mac) throw new SnapshotFormatError('It was not written with the key of this repository.');
    if ((typeof file.body === 'string') !== this.encryptAll) throw new SnapshotFormatError('It is not encrypted as this repository is.');
    const manifest = parseManifestBody(typeof file.body === 'string' ? this.decrypted(id, file.body) : file.body);
    if (manifest.id !== id) throw new SnapshotFormatError('It is that of another snapshot.');
    return { manifest, foreign: file.mac === null || this.keys === null };
  }

  private decrypted(id: string, body: string): ReturnType<typeof parseCanonicalJson> {
    const sealed = Buffer.from(body, 'base64');
    const plain = this.keys === null || base64(sealed) !== body ? null : decrypt(this.keys.content, sealed, Buffer.from(id));
    if (plain === null) throw new SnapshotFormatError('It was not encrypted with the key of this repository.');
    return parseCanonicalJson(strictText(plain) ?? '');
  }
}

function macOf(keys: DataKeys, hash: string): string {
  return hmac(keys.manifest, Buffer.from(hash, 'hex')).toString('hex');
}

import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { CodedChunk } from '@main/platform/snapshots/types';
import type { FileIdentity, TreeSink, VolumeProgram, VolumeSource } from '@main/docker/volume-types';
import type { SkippedEntry, TreeEntry } from '@shared/domain/snapshots/types';
import { busyboxEntries, findImage, importImage, IMAGE_PATH, libraryEntries } from '../../scripts/lib/engine-image.mjs';
import { engineJson, engineRequest, testSocketPath } from './images';

const ATTRIBUTES_IMAGE = 'berth-test/attributes:1';

/** A busybox with `getfattr`, `setfattr` and `touch` of this machine, to look at volumes past the product. */
export async function ensureAttributesImage(): Promise<string> {
  const socketPath = testSocketPath();
  if ((await findImage(socketPath, ATTRIBUTES_IMAGE)) !== null) return ATTRIBUTES_IMAGE;
  // busybox knows no fractions of seconds.
  const programs = ['/usr/bin/getfattr', '/usr/bin/setfattr', '/usr/bin/touch'];
  try {
    const libraries = await libraryEntries(programs);
    const entries = [...(await busyboxEntries()), ...programs.map((path) => ({ path: path.slice(1), fromFile: path, mode: 0o755 })), ...libraries];
    await importImage({ socketPath, repository: 'berth-test/attributes', tag: '1', entries, changes: [IMAGE_PATH, 'CMD ["sh"]', 'LABEL dev.berth.test=1'] });
  } catch (error) {
    throw new Error('The programs that show extended attributes are missing. Run: apt-get install attr', { cause: error });
  }
  return ATTRIBUTES_IMAGE;
}

/** Runs a shell script as root in a container with this volume at /v, and answers with what it printed. */
export async function inVolume(volume: string, script: string, options: { readonly image?: string; readonly readOnly?: boolean } = {}): Promise<string> {
  const image = options.image ?? (await ensureAttributesImage());
  const { Id: id } = await engineJson<{ Id: string }>('POST', '/containers/create', {
    body: { Image: image, Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: volume, Target: '/v', ReadOnly: options.readOnly ?? false, VolumeOptions: { NoCopy: true } }] } },
  });
  try {
    await engineJson('POST', `/containers/${id}/start`);
    const { StatusCode: code } = await engineJson<{ StatusCode: number }>('POST', `/containers/${id}/wait`);
    const { text } = await engineRequest('GET', `/containers/${id}/logs?stdout=1&stderr=1`);
    if (code !== 0) throw new Error(`The script ended with ${String(code)}: ${text.slice(-2000)}`);
    return plainLog(Buffer.from(text, 'utf8'));
  } finally {
    await engineRequest('DELETE', `/containers/${id}?force=1&v=1`);
  }
}

function plainLog(bytes: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString('utf8');
}

const HASHES = ['find . -type f -print0 | sort -z | xargs -0 -r -n 200 sha256sum'];

/**
 * What a volume holds, as programs that have nothing to do with Berth see it: a line for each entry with type, mode, owner, length, time in nanoseconds,
 * number of links and target; contents; which files have holes; extended attributes; which names are one file. In ASCII, whatever the names are.
 */
export async function lookAtVolume(volume: string, contents: readonly string[] = HASHES): Promise<string> {
  return inVolume(volume, `set -eo pipefail; { ${lookingAt(contents).join('; ')}; } | cat -v`, { readOnly: true });
}

function lookingAt(contents: readonly string[]): readonly string[] {
  return [
    'cd /v',
    "find . -print0 | sort -z | xargs -0 -n 200 stat -c '%n|%F|%a|%u|%g|%s|%y|%h|%N'",
    ...contents,
    "find . -type f -print0 | sort -z | xargs -0 -r -n 200 stat -c '%n %s %b' | awk '{ if ($NF * 512 < $(NF - 1)) print \"sparse\"; else print \"full\" }'",
    'getfattr -R -P -h -d -m - -e hex .',
    "find . -print0 | sort -z | xargs -0 -r -n 200 stat -c '%i' | awk '{ if (!($1 in seen)) seen[$1] = NR; print seen[$1] }'",
  ];
}

/** A volume with a name of its own for this project. */
export async function makeVolume(name: string, project: string, options: { readonly driverOptions?: { readonly [name: string]: string } } = {}): Promise<string> {
  await engineJson('POST', '/volumes/create', { body: { Name: name, Labels: { 'com.docker.compose.project': project, 'com.docker.compose.volume': name }, DriverOpts: options.driverOptions ?? {} } });
  return name;
}

/** Keeps what the program sends, as a repository without a disk. */
export class MemorySink implements TreeSink {
  readonly entries: TreeEntry[] = [];
  readonly chunks = new Map<string, CodedChunk>();
  readonly skips: SkippedEntry[] = [];
  readonly changed: string[] = [];
  readonly identities = new Map<string, FileIdentity>();
  received = 0;
  private readonly byPath = new Map<string, number>();

  constructor(private readonly known: ReadonlyMap<string, CodedChunk> = new Map()) {}

  entry(entry: TreeEntry, identity: FileIdentity | null): 'read' | { readonly chunks: readonly string[] } {
    this.byPath.set(JSON.stringify(entry.path), this.entries.push(entry) - 1);
    if (identity !== null) this.identities.set(JSON.stringify(entry.path), identity);
    return 'read';
  }

  has(hash: string): boolean {
    return this.chunks.has(hash) || this.known.has(hash);
  }

  chunk(chunk: CodedChunk): Promise<void> {
    this.received += chunk.data.length;
    this.chunks.set(chunk.hash, { ...chunk, data: Buffer.from(chunk.data) });
    return Promise.resolve();
  }

  packed(bytes: number): void {
    throw new Error(`Nobody gave it a folder for packs, and it wrote one of ${String(bytes)} bytes.`);
  }

  file(path: TreeEntry['path'], hashes: readonly string[], data: readonly (readonly [number, number])[] | null, changed: boolean, now: FileIdentity): void {
    const at = this.byPath.get(JSON.stringify(path)) ?? -1;
    const entry = this.entries[at];
    if (entry?.type !== 'file') throw new Error(`${JSON.stringify(path)} was not announced as a file.`);
    this.entries[at] = { ...entry, chunks: hashes, data, size: now.size, mtimeNs: now.mtimeNs };
    if (changed) this.changed.push(JSON.stringify(path));
  }

  skipped(entry: SkippedEntry): void {
    this.skips.push(entry);
  }

  readonly coded = (id: string): Promise<CodedChunk> => {
    const chunk = this.chunks.get(id) ?? this.known.get(id);
    return chunk === undefined ? Promise.reject(new Error(`There is no chunk ${id}.`)) : Promise.resolve(chunk);
  };

  async *tree(): AsyncGenerator<TreeEntry> {
    for (const entry of this.entries) yield await Promise.resolve(entry);
  }

  /** Decodes every chunk; throws for one that is not what its hash says. */
  check(): void {
    for (const chunk of this.chunks.values()) {
      const plain = chunk.codec === 0 ? chunk.data : inflateRawSync(chunk.data);
      if (plain.length !== chunk.length || createHash('sha256').update(plain).digest('hex') !== chunk.hash) throw new Error(`The chunk ${chunk.hash} is not what it says.`);
    }
  }
}

/** Reads all of a source into memory. */
export async function readInto(program: VolumeProgram, source: VolumeSource, sink = new MemorySink()): Promise<MemorySink> {
  await program.read(source, sink, new AbortController().signal);
  return sink;
}

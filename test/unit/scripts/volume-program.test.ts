import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readVolumeSources, VOLUME_PROGRAM_DIR, volumeSourcesHash } from '../../../scripts/lib/volume-program.mjs';

describe('the binaries of the volume program', () => {
  it('are of these sources: `npm run -s volume:program` after a change', async () => {
    expect((await readVolumeSources()).get('sources')).toBe(await volumeSourcesHash());
  });

  it.each(['amd64', 'arm64'])('are the ones that were built, for %s', async (arch) => {
    const name = `berth-volume-linux-${arch}`;
    const bytes = await readFile(join(VOLUME_PROGRAM_DIR, 'bin', name));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe((await readVolumeSources()).get(name));
    // Static: it is alone in its image. 3 is a program header that names a loader.
    const [headers, size, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
    expect(Array.from({ length: count }, (_, index) => bytes.readUInt32LE(headers + index * size))).not.toContain(3);
  });
});

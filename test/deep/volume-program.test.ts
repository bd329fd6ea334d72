import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildVolumeProgram, readVolumeSources, VOLUME_PROGRAM_DIR } from '../../scripts/lib/volume-program.mjs';

/** Needs Go, and says how to get it. Whoever rebuilds the program gets what is in the repository, byte for byte. */
it('the volume program is what its sources make', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bt-volume-'));
  try {
    const lines = await buildVolumeProgram(folder);
    expect(lines).toEqual([...(await readVolumeSources())].map(([name, hash]) => `${hash}  ${name}`));
    for (const name of ['berth-volume-linux-amd64', 'berth-volume-linux-arm64']) {
      expect((await readFile(join(folder, name))).equals(await readFile(join(VOLUME_PROGRAM_DIR, 'bin', name)))).toBe(true);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('what the volume program inflates is what the library does, byte for byte, and it refuses what the library refuses', async () => {
  const { stdout } = await promisify(execFile)('go', ['test', '-count', '1', '.'], { cwd: VOLUME_PROGRAM_DIR, env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' } });
  expect(stdout).toMatch(/^ok/);
});

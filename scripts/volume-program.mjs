/** `npm run -s volume:program`: builds the volume program anew after its sources were changed. Needs Go. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildVolumeProgram, VOLUME_PROGRAM_DIR } from './lib/volume-program.mjs';

try {
  const outDir = join(VOLUME_PROGRAM_DIR, 'bin');
  const lines = await buildVolumeProgram(outDir);
  await writeFile(join(outDir, 'SOURCES'), `${lines.join('\n')}\n`);
  console.log(lines.join('\n'));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

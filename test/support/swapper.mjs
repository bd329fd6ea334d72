/** Swaps a folder for a link to another one and back, as fast as it can, until it is ended: `swapper.mjs <folder> <elsewhere>`. */
import { renameSync, symlinkSync } from 'node:fs';

const [folder, elsewhere] = process.argv.slice(2);
const link = `${folder}.link`;
const aside = `${folder}.aside`;
symlinkSync(elsewhere, link);
process.stdout.write('swapping\n');
for (let swaps = 0; ; swaps += 1) {
  renameSync(folder, aside);
  renameSync(link, folder);
  renameSync(folder, link);
  renameSync(aside, folder);
  // Sometimes it rests in its right place, so that a start can also go well.
  if (swaps % 50 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

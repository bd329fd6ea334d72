/** `npm run -s sample:base [-- <sample folder>]`: the base image of the sample project, for machines without an image registry. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureBaseImages } from './lib/base-images.mjs';

const folder = process.argv[2] === undefined ? undefined : resolve(process.env.INIT_CWD ?? '.', process.argv[2]);
if (folder !== undefined && !existsSync(folder)) {
  console.error(`The folder ${folder} does not exist.`);
  process.exit(2);
}
try {
  const { image } = await ensureBaseImages({ log: (line) => console.error(line), ...(folder === undefined ? {} : { envFile: join(folder, '.env') }) });
  console.log(image);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

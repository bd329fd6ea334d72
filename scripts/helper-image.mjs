/** `npm run -s helper:image`: makes the helper image of resources/helper and prints its name. */
import { ensureHelperImage } from './lib/helper-image.mjs';

try {
  console.log(await ensureHelperImage({ log: (line) => console.error(line) }));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

/** `npm run -s storage:images`: makes the images of resources/images and prints their names. For machines without an image registry. */
import { ensureStorageImages } from './lib/storage-images.mjs';

try {
  for (const reference of Object.values(await ensureStorageImages({ log: (line) => console.error(line) }))) console.log(reference);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

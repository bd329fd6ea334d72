/** `npm run -s storage:images`: makes the images of resources/images and prints their names. For machines without an image registry. */
import { ensureStorageImages } from './lib/storage-images.mjs';
import { ensureWorkspaceSyncImage } from './lib/workspace-sync-image.mjs';

try {
  const log = (line) => console.error(line);
  for (const reference of Object.values(await ensureStorageImages({ log }))) console.log(reference);
  console.log(await ensureWorkspaceSyncImage({ log }));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

import { bucketVerbs } from './buckets';
import { downloadFile } from './download';
import { objectVerbs } from './objects';
import { S3Session } from './session';
import type { S3Door, S3Options } from './types';
import { uploadFile } from './upload';

/** Opens the door; nothing is loaded or sent before the first call. */
export function openS3(options: S3Options): S3Door {
  const session = new S3Session(options);
  return {
    ...bucketVerbs(session),
    ...objectVerbs(session),
    upload: (bucket, key, file, onBytes, signal) => uploadFile(session, { bucket, key, file, onBytes }, signal),
    download: (bucket, key, file, versionId, onBytes, signal) => downloadFile(session, { bucket, key, file, versionId, onBytes }, signal),
    close: () => session.close(),
  };
}

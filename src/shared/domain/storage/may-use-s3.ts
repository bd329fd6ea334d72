import type { LoadedCompose } from '../compose/model';

/** Words without which nothing works with S3: the tools, what stores are called, and what they are given. */
const SIGNS = /rclone|s3|aws|minio|goofys|bucket|["/ ]mc\b/i;

/** False where no service can have anything to do with S3: nothing has to be searched for it then. True says no more than that it is worth looking. */
export function mayUseS3({ model, disabledServices }: Pick<LoadedCompose, 'model' | 'disabledServices'>): boolean {
  // Services of other profiles are not in the model; what they do is not known here.
  return disabledServices.length > 0 || SIGNS.test(JSON.stringify([model.services, model.configs]));
}

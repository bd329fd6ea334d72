export { imageOverrides, storageImages } from './images';
export { createMounts } from './mounts';
export { mustSyncAlone } from './runs-without-berth';
export { createS3Server, s3Doors } from './s3';
export { createStorage, type StorageNames } from './service';

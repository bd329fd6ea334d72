import type { OutputOf } from '@shared/contract/contract';
import type { Handlers } from '@main/dispatch/types';
import type { ImageOverrides, OverriddenRole } from './types';

const ROLES: readonly OverriddenRole[] = ['s3', 'rclone', 's3fs', 'workspace', 'tests'];

/** Binds the question which images of the user's own are set, and the command that sets one. */
export function imageHandlers(overrides: ImageOverrides): Pick<Handlers, 'storage.images' | 'storage.image'> {
  const all = (): Promise<OutputOf<'storage.images'>> => Promise.all(ROLES.map(async (role) => ({ role, image: await overrides.get(role) })));
  return {
    'storage.images': all,
    'storage.image': async ({ role, image }) => {
      await overrides.set(role, image === undefined || image.trim() === '' ? null : image);
      return all();
    },
  };
}

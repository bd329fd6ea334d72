import { OWN_IMAGES, type StorageImageRole } from '@shared/domain/storage/image-candidates';
import type { Engine } from '@main/docker/types';
import type { HostInfo } from '@main/platform/host-info';
import type { DoctorCheck } from './types';

/** Linux: whether a container can mount a bucket here. */
export function fuseCheck(host: HostInfo, engineIsLocal: () => boolean): DoctorCheck {
  return {
    name: 'fuse',
    group: 'storage',
    async run() {
      if (host.platform !== 'linux' || !engineIsLocal()) return null;
      if (await host.exists('/dev/fuse')) return { ok: true, detail: 'Buckets can be mounted: /dev/fuse is there.' };
      return { ok: true, note: true, detail: 'There is no /dev/fuse, so buckets cannot be mounted. Everything else of storage works.', fix: 'sudo modprobe fuse' };
    },
  };
}

/** Whether the images that storage works with are here, so that nothing has to be pulled for a first mount. */
export function storageImagesCheck(engine: Pick<Engine, 'state'>, roles: readonly StorageImageRole[], isHere: (role: StorageImageRole) => Promise<boolean>): DoctorCheck {
  return {
    name: 'storage-images',
    group: 'storage',
    async run() {
      if (engine.state().state !== 'connected') return null;
      const looked = await Promise.all(roles.map(async (role) => ({ role, here: await isHere(role) })));
      const names = (here: boolean): string => looked.filter((one) => one.here === here).map(({ role }) => OWN_IMAGES[role].folder).join(', ');
      if (looked.every((one) => one.here)) return { ok: true, detail: `The images of storage are here: ${names(true)}.` };
      return { ok: true, detail: `Not here yet: ${names(false)}. They are pulled or made when storage first needs them, after you agreed.` };
    },
  };
}

import { fieldOf, textsOf } from '@shared/domain/engine/read-json';
import type { Door } from './door';
import { tagImage } from './images';
import { removeVolume } from './networks-volumes';
import { imagePath } from './observe';
import type { CleanUp } from './types';

/** The engine may have to delete some gigabytes. */
const REMOVE_DEADLINE_MS = 120_000;

/** The verbs of a clean-up through a door that is held to its allowance. */
export function cleanUpThrough(door: Door): CleanUp {
  return {
    async removeImage(id, names) {
      const doing = `remove the image ${id.slice(7, 19)}`;
      const remove = (reference: string) => door.send({ method: 'DELETE', path: imagePath(reference), query: { force: false, noprune: true }, doing, deadlineMs: REMOVE_DEADLINE_MS });
      const taken: string[] = [];
      try {
        // By its id the engine removes an image that has one name left, and only when no container uses it.
        for (const name of names.slice(1)) {
          await remove(name);
          taken.push(name);
        }
        await remove(id);
      } catch (error) {
        for (const name of taken) await tagImage(door, id, name).catch(() => undefined);
        throw error;
      }
    },
    removeVolume: (name) => removeVolume(door, name),
    async removeBuildCache(ids) {
      const removed = new Set<string>();
      // A record goes only after those that build on it; rounds find that order by themselves.
      for (let progress = true; progress; ) {
        progress = false;
        for (const id of ids) {
          if (removed.has(id)) continue;
          const { body } = await door.send({ method: 'POST', path: '/build/prune', query: { filters: JSON.stringify({ id: [id] }) }, doing: 'remove build cache', deadlineMs: REMOVE_DEADLINE_MS });
          if (!textsOf(fieldOf(body, 'CachesDeleted')).includes(id)) continue;
          removed.add(id);
          progress = true;
        }
      }
      return [...removed];
    },
  };
}

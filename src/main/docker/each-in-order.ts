import type { ObservedContainer } from '@shared/domain/engine/observed';
import { dependencyOrder } from '@shared/domain/modes/dependency-order';

/** All at once, except that each waits for the services it needs, where these are among them, and then for what is `awaited` beside them. */
export async function eachInOrder(
  chosen: readonly ObservedContainer[],
  needs: (service: string) => readonly string[],
  act: (container: ObservedContainer) => Promise<void>,
  awaited: (service: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const done = new Map<string, Promise<unknown>>();
  for (const service of dependencyOrder([...new Set(chosen.map((one) => one.service))], needs)) {
    const work = Promise.all(needs(service).map((other) => done.get(other)))
      .then(() => awaited(service))
      .then(() => Promise.all(chosen.filter((one) => one.service === service).map(act)));
    work.catch(() => undefined);
    done.set(service, work);
  }
  await Promise.all(done.values());
}

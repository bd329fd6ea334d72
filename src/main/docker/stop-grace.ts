import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { Engine } from './types';

const DEFAULT_GRACE_SECONDS = 10;

/** How long a container gets to stop, and why. */
export interface StopGrace {
  readonly graceSeconds: number;
  readonly reason: string;
}

/** What the file gives it to stop, ten seconds otherwise; none where it surely cannot react to being asked. `loaded`: the modes, for hooks that are to run before. */
export async function stopGrace(engine: Pick<Engine, 'stopReaction'>, container: ObservedContainer, loaded: { readonly [mode: string]: LoadedCompose }): Promise<StopGrace> {
  const graceSeconds = container.stopTimeoutSeconds ?? DEFAULT_GRACE_SECONDS;
  if (Object.values(loaded).some((one) => (one.model.services[container.service]?.pre_stop ?? []).length > 0)) return { graceSeconds, reason: 'a hook is to run before it stops' };
  const { cannotReact, reason } = await engine.stopReaction(container);
  return { graceSeconds: cannotReact ? 0 : graceSeconds, reason };
}

import { isAlive } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { RecoveryContext } from '@main/operations/types';
import { untilAnswered } from './consistency-again';
import { HOLD_EFFECTS } from './consistency-hold';

/** Lets everything go on that the journal says was held, judged by looking: what was paused goes on, what was stopped runs. Safe to repeat. */
export async function releaseHeld(engine: Pick<Engine, 'inspectContainer' | 'unpauseContainer' | 'startContainer' | 'stopContainer'>, context: RecoveryContext): Promise<void> {
  const { records } = context;
  for (const record of records) {
    const id = String(record.intent['id'] ?? '');
    if (record.undone || (record.name !== HOLD_EFFECTS.pause && record.name !== HOLD_EFFECTS.stop)) continue;
    const back = record.name === HOLD_EFFECTS.pause ? HOLD_EFFECTS.unpause : HOLD_EFFECTS.start;
    // It was paused before by somebody else, or is back already: what is now is not our doing.
    if (record.result === false || records.some((other) => other.seq > record.seq && other.name === back && other.intent['id'] === id && other.result !== undefined)) continue;
    const now = await untilAnswered(() => engine.inspectContainer(id)).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return null;
      throw error;
    });
    if (now === null) continue;
    if (record.name === HOLD_EFFECTS.pause) {
      if (now.state === 'paused') await context.effect(HOLD_EFFECTS.unpause, { id, undoes: record.seq }, async () => (await untilAnswered(() => engine.unpauseContainer(id)), null));
      continue;
    }
    // A stop without a result may still be under way in the engine: it is carried to its end, or it would end what is started now.
    const underWay = record.result === undefined && isAlive(now);
    if (underWay) await context.effect(HOLD_EFFECTS.stop, { id }, async () => (await untilAnswered(() => engine.stopContainer(id, Number(record.intent['graceSeconds'] ?? 0))), null));
    if (underWay || !isAlive(now)) await context.effect(HOLD_EFFECTS.start, { id, undoes: record.seq }, async () => (await untilAnswered(() => engine.startContainer(id)), null));
  }
}

import { AppError } from '@shared/kernel/app-error';

/** An engine that is busy answers the next time, or the one after. */
const TRIES = 5;

/** Lets something go on. What is held must not stay so because the engine was too busy to answer once; asking twice is as good as once. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !(error instanceof AppError) || error.code !== 'engine-timeout') throw error;
    }
  }
}

import { AppError } from '@shared/kernel/app-error';

/** So often a switch that nobody has to be asked about is planned, where containers change between its plan and its start. */
export const MOST_PLANS = 3;

/** True where a switch was refused because its plan is out of date. One that nobody has looked at is simply made again. */
export function isStalePlan(error: unknown): boolean {
  return error instanceof AppError && error.code === 'plan-stale';
}

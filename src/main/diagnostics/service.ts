import type { OutputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { CheckAnswer, DoctorCheck } from './types';

type Report = OutputOf<'doctor.run'>;

const CHECK_TIMEOUT_MS = 10_000;

/** Runs the checks of the machine and what they can repair. */
export interface Doctor {
  /** Every check that applies, in order. Never rejects. */
  run(): Promise<Report>;
  /** Rejects with `not-found` for a name there is no check of, `setup-failed` where only the user can do it. */
  fix(name: string): Promise<string>;
}

/** The doctor over these checks. `timeoutMs` bounds each check, so that one that hangs does not hold up the rest. */
export function createDoctor(checks: readonly DoctorCheck[], timeoutMs: number = CHECK_TIMEOUT_MS): Doctor {
  return {
    async run() {
      const answers = await Promise.all(checks.map(async (check) => ({ check, answer: await answerOf(check, timeoutMs) })));
      return { checks: answers.flatMap(({ check, answer }) => (answer === null ? [] : [reported(check, answer)])) };
    },
    async fix(name) {
      const check = checks.find((one) => one.name === name);
      if (check === undefined) throw new AppError('not-found', `There is no check called ${name}.`, { hint: `The checks are ${checks.map((one) => one.name).join(', ')}.` });
      const answer = await answerOf(check, timeoutMs);
      if (answer === null || answer.ok) return 'There is nothing to fix.';
      if (check.repair === undefined) throw new AppError('setup-failed', answer.detail, { hint: answer.fix === undefined ? undefined : `Do this yourself: ${answer.fix}` });
      return check.repair();
    },
  };
}

function reported({ name, group, repair }: DoctorCheck, { ok, note, detail, fix, change }: CheckAnswer): Report['checks'][number] {
  const level = !ok ? 'fail' : note === true ? 'warn' : 'ok';
  return { name, group, level, ok, detail, ...(fix === undefined ? {} : { fix }), ...(change === undefined || repair === undefined ? {} : { change }) };
}

async function answerOf(check: DoctorCheck, timeoutMs: number): Promise<CheckAnswer | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `No answer within ${timeoutMs / 1000} seconds.` }), timeoutMs);
  });
  try {
    return await Promise.race([check.run(), late]);
  } catch (error) {
    if (error instanceof AppError) return { ok: false, detail: error.message, ...(error.hint === undefined ? {} : { fix: error.hint }) };
    return { ok: false, detail: `The check itself failed: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

import type { OutputOf } from '@shared/contract/contract';

/** What a check is about. */
export type DoctorGroup = OutputOf<'doctor.run'>['checks'][number]['group'];

/** What a doctor check found. `fix` is an exact command, or words for the user. */
export interface CheckAnswer {
  readonly ok: boolean;
  readonly detail: string;
  /** With ok: it works, and yet somebody should know. */
  readonly note?: boolean | undefined;
  readonly fix?: string | undefined;
  /** What Berth would do itself, in one sentence; absent where only the user can do it. */
  readonly change?: string | undefined;
}

/** One check of the machine. */
export interface DoctorCheck {
  readonly name: string;
  readonly group: DoctorGroup;
  /** Null: it does not apply to this machine. Rejections become a failed answer. */
  run(): Promise<CheckAnswer | null>;
  /** What Berth can do itself; resolves with one sentence, rejects with `setup-failed`. */
  readonly repair?: (() => Promise<string>) | undefined;
}

/** Runs a program by absolute path with arguments, without a shell, and ends it after the deadline. */
export type RunProgram = (path: string, argv: readonly string[], options: { readonly timeoutMs: number }) => Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>;

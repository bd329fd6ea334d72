import { ERROR_CODES, type ErrorCode } from './error-codes';
import type { Json } from './json';

/** A place in a user's file. `line` and `column` count from 1. */
export interface Where {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** An AppError as it crosses a process: one sentence, what to do next, where. `details` is per code (for example `findings` with `blocked`). */
export interface AppErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly where?: Where | undefined;
  readonly service?: string | undefined;
  readonly details?: { readonly [key: string]: Json | undefined } | undefined;
}

/** An expected failure. Anything else that is thrown is a bug. `message` is one plain sentence; `hint` says what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: Where | undefined;
  readonly service: string | undefined;
  readonly details: { readonly [key: string]: Json | undefined } | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: { hint?: string | undefined; where?: Where | undefined; service?: string | undefined; details?: { readonly [key: string]: Json | undefined } | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = more.hint;
    this.where = more.where;
    this.service = more.service;
    this.details = more.details;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code];
  }

  toData(): AppErrorData {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.where === undefined ? {} : { where: this.where }),
      ...(this.service === undefined ? {} : { service: this.service }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  static fromData(data: AppErrorData): AppError {
    return new AppError(data.code, data.message, { hint: data.hint, where: data.where, service: data.service, details: data.details });
  }
}

/** The AppErrorData of anything thrown; what is not an AppError becomes `internal` and should also be logged with its stack. */
export function errorData(thrown: unknown): AppErrorData {
  if (thrown instanceof AppError) return thrown.toData();
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message: `Something in Berth went wrong: ${message}`, hint: 'This is a bug in Berth. The log has the details.' };
}

import type { OutputOf } from '@shared/contract/contract';
import { ERROR_CODES } from '@shared/kernel/error-codes';
import { errorData, type AppErrorData } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { renderFindings, placeText } from './render/render';
import { paint, printable, type Terminal } from './terminal';

/** The one document `--json` prints for a failure: what details an error carries (findings, damaged parts) stand in it by name. */
export function errorDocument(error: AppErrorData): object {
  const { notTaken: _ours, holder: _theirs, ...details } = error.details ?? {};
  return {
    ok: false,
    error: { ...details, code: error.code, message: error.message, hint: error.hint ?? '', ...(error.where === undefined ? {} : { where: error.where }), ...(error.service === undefined ? {} : { service: error.service }) },
  };
}

/** Prints a failure and returns the exit code. */
export function printError(error: AppErrorData, json: boolean, terminal: Terminal): number {
  if (json) terminal.out(`${JSON.stringify(errorDocument(error))}\n`);
  else {
    // What would have been agreed to, where nobody could be asked.
    const plan = error.details?.['plan'] as OutputOf<'operations.preview'> | undefined;
    if (plan !== undefined) terminal.err(`${printable(plan.document)}\n`);
    const { where } = error;
    const isSaid = where === undefined || error.message.includes(where.line === undefined ? where.file : `${where.file}:${String(where.line)}`);
    const place = isSaid ? '' : ` (${placeText(where)})`;
    terminal.err(`${paint(terminal, 'red', 'berth:')} ${printable(error.message)}${printable(place)}\n`);
    const findings = error.details?.['findings'];
    if (Array.isArray(findings)) terminal.err(renderFindings(findings as never, terminal));
    const questions = error.details?.['trustQuestions'];
    if (Array.isArray(questions)) for (const question of questions) terminal.err(`  - ${printable(String(question))}\n`);
    for (const line of lastLines(error.details)) terminal.err(`  | ${printable(line)}\n`);
    if (error.hint !== undefined && error.hint !== '' && !error.message.includes(error.hint)) terminal.err(`${printable(error.hint)}\n`);
  }
  return ERROR_CODES[error.code];
}

/** The same for what was thrown; where it came from is for those who look for a bug. */
export function printThrown(error: unknown, json: boolean, terminal: Terminal): number {
  if (process.env['BERTH_DEBUG'] === '1') terminal.err(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
  return printError(errorData(error), json, terminal);
}

/** The end of a log or a build, where the error carries one. */
function lastLines(details: AppErrorData['details']): readonly string[] {
  for (const key of ['log', 'logs', 'lines', 'output', 'lastLines']) {
    const value: Json | undefined = details?.[key];
    if (Array.isArray(value)) return value.map(String).slice(-20);
    if (typeof value === 'string' && value !== '') return value.split('\n').slice(-20);
  }
  return [];
}

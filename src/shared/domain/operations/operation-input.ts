import { AppError } from '../../kernel/app-error';
import type { JsonObject } from '../../kernel/json';

/** A text of an operation's stored input. Rejects what the contract would not have let in. */
export function textOf(input: JsonObject, key: string): string {
  const value = input[key];
  if (typeof value !== 'string') throw new AppError('input-invalid', `"${key}" is missing.`);
  return value;
}

/** A list of texts; empty when there is none. */
export function textsOf(input: JsonObject, key: string): string[] {
  const value = input[key];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** A number of an operation's stored input. */
export function numberOf(input: JsonObject, key: string): number {
  const value = input[key];
  if (typeof value !== 'number') throw new AppError('input-invalid', `"${key}" is missing.`);
  return value;
}

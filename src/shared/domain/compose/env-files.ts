import type { Where } from '../../kernel/app-error';
import { DotenvError, parseDotenv, parseRawEnv } from './dotenv';
import { emptyEnvironment, type Environment, type Lookup } from './environment';
import type { LoadContext } from './load-context';
import { composeInvalid } from './refusals';

/** Reads env files for interpolation; later ones win. Throws compose-invalid for a missing required one. */
export async function readEnvFiles(context: LoadContext, files: readonly string[], base: Environment, required: boolean): Promise<Environment> {
  const values = emptyEnvironment();
  for (const file of files) {
    const found = await readEnvFile(context, file, values, (name) => base[name] ?? values[name], 'dotenv', undefined);
    if (!found && required) throw composeInvalid(`The env file ${file} does not exist.`, { file });
  }
  return values;
}

/** Reads one env file into `into`; false when it is not there. */
export async function readEnvFile(context: LoadContext, file: string, into: Environment, lookup: Lookup, format: 'dotenv' | 'raw', from: Where | undefined, service?: string): Promise<boolean> {
  const text = await context.readText(file, from);
  if (text === undefined) return false;
  try {
    if (format === 'raw') parseRawEnv(text, into, lookup);
    else parseDotenv(text, into, lookup);
  } catch (error) {
    if (error instanceof DotenvError) throw composeInvalid(error.message, { file, line: error.line });
    throw error;
  }
  context.variables.noteFile(file, text, into, service);
  return true;
}

/** The environment for variables: the process's wins over the files', a later file over an earlier one. */
export async function environmentWithFiles(context: LoadContext, base: Environment, files: readonly string[], required: boolean): Promise<Environment> {
  const fromFiles = await readEnvFiles(context, files, base, required);
  return Object.assign(emptyEnvironment(), fromFiles, base);
}

import { lookupIn, emptyEnvironment, type Environment } from '../compose/environment';
import { parseDotenv } from '../compose/dotenv';
import { rewriteEnvFile } from '../compose/rewrite-env-file';

/** What an env file sets; nothing when it cannot be read as one. */
export function envValues(text: string): Environment {
  const values = emptyEnvironment();
  parseDotenv(text, values, lookupIn(values));
  return values;
}

/** Adds variables that an env file does not have, under one comment; those it has stay as they are, unless they are empty, or what another set-up wrote (`former`). */
export function withVariables(text: string, wanted: Readonly<Record<string, string>>, comment: string, former: Readonly<Record<string, string>> = {}): string {
  const known = envValues(text);
  const filled = rewriteEnvFile(text, (name, value) => (value === '' || value === former[name] ? wanted[name] : undefined));
  const missing = Object.entries(wanted).filter(([name]) => known[name] === undefined);
  if (missing.length === 0) return filled;
  const newline = filled.includes('\r\n') ? '\r\n' : '\n';
  const lines = [...(filled === '' ? [] : ['']), `# ${comment}`, ...missing.map(([name, value]) => `${name}=${value}`), ''];
  return `${filled}${filled === '' || filled.endsWith('\n') ? '' : newline}${lines.join(newline)}`;
}

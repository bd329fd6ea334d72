import { parse } from 'yaml';

/** What can be written into a file. */
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** A scalar as this file would write it: plain where that means the same, else in double quotes, or in the quotes it had. */
export function writeScalar(value: string | number | boolean | null, quote: '"' | "'" | '' = ''): string {
  if (typeof value !== 'string') return String(value);
  if (quote === "'" && !/[\u0000-\u001f\u007f]/.test(value)) return `'${value.replace(/'/g, "''")}'`;
  return quote === '' && isPlain(value) ? value : JSON.stringify(value);
}

function isPlain(value: string): boolean {
  if (!/^(?:--?(?=[A-Za-z]))?[A-Za-z0-9_./$~][A-Za-z0-9 _./:@%+=,~${}()*?|^;&<>-]*$/.test(value) || /[ :]$/.test(value) || /: | #|[{},]/.test(value.replace(/\$\{[^}]*\}/g, ''))) return false;
  // YAML 1.1 readers, docker compose's own among them, see times and octals in digits with colons.
  if (/^[0-9]+(:[0-9]+)+$/.test(value) || /^(y|n|yes|no|on|off)$/i.test(value)) return false;
  try {
    return parse(value) === value;
  } catch {
    return false;
  }
}

/** A value on one line. */
export function writeFlow(value: YamlValue): string {
  if (Array.isArray(value)) return `[${(value as readonly YamlValue[]).map(writeFlow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, one]) => `${writeScalar(key)}: ${writeFlow(one)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  const written = writeScalar(value as string | number | boolean | null);
  return /[,[\]{} ]/.test(written) && !/^["']/.test(written) ? JSON.stringify(value) : written;
}

/** An entry of a mapping as lines: `key: value`, or the key with what it holds indented below it. `listed`: lists of words have a line for each, too. */
export function writeEntry(key: string, value: YamlValue, indent: number, step: number, listed = false): readonly string[] {
  const head = `${' '.repeat(indent)}${writeScalar(key)}:`;
  const below = writeBlock(value, indent + step, step, listed);
  // Nothing is written as nothing, as compose files do: `data:`.
  if (value === null) return [head];
  return below === null ? [`${head} ${writeInline(value)}`] : [head, ...below];
}

/** An item of a list as lines. */
export function writeItem(value: YamlValue, indent: number, step: number): readonly string[] {
  const dash = `${' '.repeat(indent)}-`;
  const below = writeBlock(value, indent + 2, step);
  if (below === null) return [`${dash} ${writeInline(value)}`];
  return below.map((line, index) => (index === 0 ? `${dash} ${line.trimStart()}` : line));
}

/** A value as lines of its own; null when it belongs on the line of its key. */
export function writeBlock(value: YamlValue, indent: number, step: number, listed = false): readonly string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    const items = value as readonly YamlValue[];
    // Short lists of words, such as the test of a health check, read better on one line.
    if (items.length === 0 || (!listed && items.every((item) => typeof item !== 'object' || item === null))) return null;
    return items.flatMap((item) => writeItem(item, indent, step));
  }
  const entries = Object.entries(value);
  return entries.length === 0 ? null : entries.flatMap(([key, one]) => writeEntry(key, one, indent, step, listed));
}

function writeInline(value: YamlValue): string {
  return typeof value === 'object' && value !== null ? writeFlow(value) : writeScalar(value);
}

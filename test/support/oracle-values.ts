/** How the oracle reads what was sent, of its own like all of it: unknown JSON as this or that, and paths. */
export type Fields = { readonly [name: string]: unknown };

export function names(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

export function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function own(value: unknown, name: string): unknown {
  const holder = object(value);
  return Object.prototype.hasOwnProperty.call(holder, name) ? holder[name] : undefined;
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

export function beneath(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir.endsWith('/') ? dir : `${dir}/`);
}

export function isPlainAbsolute(path: string): boolean {
  return path.startsWith('/') && !path.split('/').some((part) => part === '..' || part === '.');
}

export function json(text: unknown): unknown {
  try {
    return JSON.parse(string(text));
  } catch {
    return undefined;
  }
}

/** A value written as it stands, without quotes: `0444`, `yes`, `22:22`, `*alias`. */
export class Plain {
  constructor(readonly text: string) {}
}

/** A value with a tag before it: `!reset`, `!override`. */
export class Tagged {
  constructor(
    readonly tag: string,
    readonly value: Yaml,
  ) {}
}

export type Yaml = string | number | boolean | null | Plain | Tagged | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Shorthand for a value without quotes. */
export function plain(text: string): Plain {
  return new Plain(text);
}

function isMap(value: Yaml): value is { readonly [key: string]: Yaml } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Plain) && !(value instanceof Tagged);
}

function inline(value: Yaml): string | undefined {
  if (value instanceof Plain) return value.text;
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value) && value.length === 0) return '[]';
  return isMap(value) && Object.keys(value).length === 0 ? '{}' : undefined;
}

function write(value: Yaml, indent: string): string {
  const simple = inline(value);
  if (simple !== undefined) return ` ${simple}\n`;
  if (value instanceof Tagged) return ` ${value.tag}${write(value.value, indent)}`;
  if (Array.isArray(value)) return `\n${(value as readonly Yaml[]).map((item) => `${indent}-${isMap(item) && inline(item) === undefined ? write(item, `${indent}  `).replace(`\n${indent}  `, ' ') : write(item, `${indent}  `)}`).join('')}`;
  return `\n${Object.entries(value as { readonly [key: string]: Yaml }).map(([key, item]) => `${indent}${/^[a-zA-Z_][\w.-]*$/.test(key) ? key : JSON.stringify(key)}:${write(item, `${indent}  `)}`).join('')}`;
}

/** A YAML file. */
export function yamlText(value: { readonly [key: string]: Yaml }): string {
  return write(value, '').replace(/^\n/, '');
}

/** What JSON can say. */
type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/**
 * Canonical texts (JSON) of documents as one text to be read and compared line by line, in the manner of YAML. Documents come in a fixed order, so that texts
 * of the same documents are the same text. Not meant to be parsed again.
 */
export function meaningText(canonical: readonly string[]): string {
  return [...canonical].sort().map((text) => linesOf(JSON.parse(text) as Value, '').join('\n')).join('\n---\n');
}

function linesOf(value: Value, indent: string): readonly string[] {
  if (isList(value)) {
    if (value.length === 0) return [`${indent}[]`];
    return value.flatMap((one) => {
      const [first = '', ...rest] = linesOf(one, `${indent}  `);
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
    });
  }
  if (typeof value !== 'object' || value === null) return [`${indent}${scalar(value)}`];
  const keys = Object.keys(value);
  if (keys.length === 0) return [`${indent}{}`];
  return keys.flatMap((key) => {
    const one = value[key] ?? null;
    return isPlain(one) ? [`${indent}${name(key)}: ${scalar(one)}`] : [`${indent}${name(key)}:`, ...linesOf(one, `${indent}  `)];
  });
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isPlain(value: Value): value is null | boolean | number | string {
  return typeof value !== 'object' || value === null;
}

/** A text stands in quotes, so that "1" and 1 are told apart. */
function scalar(value: null | boolean | number | string): string {
  return JSON.stringify(value);
}

function name(key: string): string {
  return /^[\w./-]+$/.test(key) ? key : JSON.stringify(key);
}

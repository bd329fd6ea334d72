import type { Lookup } from './environment';

/** A template that is not one, or a required variable that is missing. */
export class TemplateError extends Error {
  constructor(
    readonly kind: 'invalid' | 'required' | 'deep',
    message: string,
  ) {
    super(message);
    this.name = 'TemplateError';
  }
}

const NESTING_MAX = 32;
const NAME = /[_a-z][_a-z0-9]*/iy;
const OPERATOR = /:?[-+?]/y;

/**
 * Replaces `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:?m}`, `${V?m}`, `${V:+a}`, `${V+a}` and `$$` (compose-spec,
 * 12-interpolation). Defaults and messages may hold variables themselves. `onUnset` hears of each variable that
 * became empty. Throws TemplateError only.
 */
export function interpolate(template: string, lookup: Lookup, onUnset: (name: string) => void = () => undefined, depth = 0): string {
  if (!template.includes('$')) return template;
  if (depth > NESTING_MAX) throw new TemplateError('deep', `Variables are nested deeper than ${NESTING_MAX} levels.`);
  let result = '';
  let position = 0;
  for (;;) {
    const dollar = template.indexOf('$', position);
    if (dollar === -1) return result + template.slice(position);
    result += template.slice(position, dollar);
    const next = template.charAt(dollar + 1);
    if (next === '$') {
      result += '$';
      position = dollar + 2;
    } else if (next === '{') {
      const braced = readBraced(template, dollar);
      result += valueOf(braced, lookup, onUnset, depth);
      position = braced.end;
    } else {
      const name = matchAt(NAME, template, dollar + 1);
      if (name === undefined) {
        result += '$'; // a lone dollar stays
        position = dollar + 1;
      } else {
        result += plainValue(name, lookup, onUnset);
        position = dollar + 1 + name.length;
      }
    }
  }
}

/** Every variable a template names, those inside defaults and messages too; up to the first thing that is no template. */
export function variablesIn(template: string, depth = 0): readonly { readonly name: string; readonly operator: string; readonly body: string }[] {
  const found: { readonly name: string; readonly operator: string; readonly body: string }[] = [];
  if (depth > NESTING_MAX) return found;
  for (let position = template.indexOf('$'); position !== -1; position = template.indexOf('$', position)) {
    const next = template.charAt(position + 1);
    if (next === '{') {
      let braced: Braced;
      try {
        braced = readBraced(template, position);
      } catch {
        return found;
      }
      found.push({ name: braced.name, operator: braced.operator, body: braced.body }, ...variablesIn(braced.body, depth + 1));
      position = braced.end;
      continue;
    }
    const name = next === '$' ? undefined : matchAt(NAME, template, position + 1);
    if (name !== undefined) found.push({ name, operator: '', body: '' });
    position += next === '$' ? 2 : 1 + (name?.length ?? 0);
  }
  return found;
}

interface Braced {
  readonly name: string;
  readonly operator: string;
  readonly body: string;
  readonly end: number;
}

function readBraced(template: string, dollar: number): Braced {
  const invalid = (): never => {
    throw new TemplateError('invalid', template);
  };
  const name = matchAt(NAME, template, dollar + 2) ?? invalid();
  const afterName = dollar + 2 + name.length;
  if (template.charAt(afterName) === '}') return { name, operator: '', body: '', end: afterName + 1 };
  const operator = matchAt(OPERATOR, template, afterName) ?? invalid();
  const bodyStart = afterName + operator.length;
  const newline = template.indexOf('\n', bodyStart);
  const lineEnd = newline === -1 ? template.length : newline;
  let close = closingBrace(template, dollar, lineEnd);
  // Braces that do not balance: compose takes all up to the last one of the line.
  if (close === -1) close = template.slice(bodyStart, lineEnd).lastIndexOf('}') + bodyStart;
  if (close < bodyStart) invalid();
  return { name, operator, body: template.slice(bodyStart, close), end: close + 1 };
}

function closingBrace(template: string, start: number, end: number): number {
  let open = 0;
  for (let i = start; i < end; i += 1) {
    const char = template.charAt(i);
    if (char === '}') {
      open -= 1;
      if (open === 0) return i;
    } else if (char === '{') {
      open += 1;
      i += 1; // compose skips the character after an opening brace
    }
  }
  return -1;
}

function valueOf({ name, operator, body }: Braced, lookup: Lookup, onUnset: (name: string) => void, depth: number): string {
  if (operator === '') return plainValue(name, lookup, onUnset);
  const value = lookup(name);
  const given = value !== undefined && (!operator.startsWith(':') || value !== '');
  switch (operator.charAt(operator.length - 1)) {
    case '-':
      return given ? value : interpolate(body, lookup, onUnset, depth + 1);
    case '+':
      return given ? interpolate(body, lookup, onUnset, depth + 1) : (value ?? '');
    default: {
      if (given) return value;
      const reason = interpolate(body, lookup, onUnset, depth + 1);
      throw new TemplateError('required', reason === '' ? `The required variable ${name} is not set.` : `The required variable ${name} is not set: ${reason}`);
    }
  }
}

function plainValue(name: string, lookup: Lookup, onUnset: (name: string) => void): string {
  const value = lookup(name);
  if (value === undefined) onUnset(name);
  return value ?? '';
}

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}

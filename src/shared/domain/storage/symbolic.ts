import type { Lookup } from '../compose/environment';
import { interpolate, TemplateError, variablesIn } from '../compose/interpolate';
import type { StorageText } from './access';

/** A text with what is known of its variables put in; what is not known stays as `${NAME}`, and the text is not certain. */
export function resolveText(template: string, lookup: Lookup): StorageText {
  const unknown = new Set(variablesIn(template).filter((one) => one.operator === '' && lookup(one.name) === undefined).map((one) => one.name));
  try {
    return storageText(interpolate(template, (name) => lookup(name) ?? (unknown.has(name) ? `\${${name}}` : undefined)));
  } catch (error) {
    if (error instanceof TemplateError) return { text: template, certain: false };
    throw error;
  }
}

/** A text as it is: certain when no variable is left in it. */
export function storageText(text: string): StorageText {
  return { text, certain: !/\$(?:[{(]|[A-Za-z_])/.test(text) };
}

/** Whether two texts mean the same: `possible` where a variable that is not known decides. Two different variables are taken for different things. */
export function sameText(left: StorageText, right: StorageText): 'same' | 'possible' | 'different' {
  if (left.text === right.text) return left.certain && right.certain ? 'same' : 'possible';
  if (left.certain === right.certain) return 'different';
  const [open, known] = left.certain ? [right.text, left.text] : [left.text, right.text];
  const { before, after } = fixedParts(open);
  return known.length >= before.length + after.length && known.startsWith(before) && known.endsWith(after) ? 'possible' : 'different';
}

/** What stands before the first variable and behind the last one. */
function fixedParts(text: string): { readonly before: string; readonly after: string } {
  const before = text.slice(0, Math.max(0, text.search(/\$(?:[{(]|[A-Za-z_])/)));
  const last = text.slice(text.lastIndexOf('$'));
  const after = /^\$(?:\{[^}]*\}|\([^)]*\)|[A-Za-z_][A-Za-z0-9_]*)?/.exec(last);
  return { before, after: last.slice(after?.[0].length ?? 0) };
}

import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { composeOptions } from './compose-options';
import { composePlace } from './compose-place';

/** What compose files take at the place where one types. */
export function composeCompletions(context: CompletionContext): CompletionResult | null {
  const text = context.state.doc.toString();
  const place = composePlace(text, context.pos);
  if (place === null || (!context.explicit && place.typed === '')) return null;
  const options = composeOptions(place, text);
  return options.length === 0 ? null : { from: place.from, options: options.map(({ label, insert, detail, kind }) => ({ label, apply: insert, detail, type: kind === 'key' ? 'property' : kind === 'name' ? 'variable' : 'constant' })), validFor: /^[\w.-]*$/ };
}

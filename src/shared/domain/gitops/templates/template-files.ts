import { referencedTemplates } from './template-source';

/** Suffixes that say only that a file is a template. */
const SUFFIX = /\.(?:j2|jinja|jinja2)$/;

/** Where the values of a template folder lie: no templates themselves. */
export const VALUE_FILES = ['values.yaml', 'values.yml', 'values.json'] as const;

/** Where a template is written to: its own path without the suffix of templates. */
export function outputPathOf(template: string): string {
  return template.replace(SUFFIX, '');
}

/**
 * The templates that files are made from. Parts are not: what another template includes, extends or imports, what begins with `_`, and what lies in a
 * folder that does.
 */
export function renderedTemplates(files: { readonly [name: string]: string }): readonly string[] {
  const parts = new Set(Object.values(files).flatMap((source) => referencedTemplates(source).map((one) => one.name)));
  return Object.keys(files)
    .filter((name) => !parts.has(name) && !name.split('/').some((part) => part.startsWith('_')) && !(VALUE_FILES as readonly string[]).includes(name))
    .sort();
}

/** How a comment is written in a file of this name; null for formats without one. */
export function commentFor(path: string, text: string): string | null {
  const name = path.split('/').at(-1) ?? '';
  if (/\.(?:json|csv|lock)$/i.test(name)) return null;
  if (/\.(?:html?|xml|svg|md)$/i.test(name)) return `<!-- ${text} -->`;
  if (/\.(?:js|ts|css|go|c|java)$/i.test(name)) return `/* ${text} */`;
  return `# ${text}`;
}

/** The rendered text with a comment that says what it was made from; behind the line that names an interpreter. */
export function withMark(path: string, text: string, mark: string): string {
  const comment = commentFor(path, mark);
  if (comment === null) return text;
  const first = /^(?:#!|<\?xml)[^\n]*\n/.exec(text)?.[0] ?? '';
  return `${first}${comment}\n${text.slice(first.length)}`;
}

/** What that comment says. */
export function markOf(template: string, version: number | null, hash: string): string {
  const which = version === null ? 'not saved as a version' : `version ${String(version)}`;
  return `Made by Berth from ${template.replace(/[\r\n]/g, ' ')}, ${which}, ${hash.slice(0, 12)}. Changes here are overwritten.`;
}

/** Whether a text is to be rendered first: it is no YAML yet. */
export function isTemplateText(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** Whether the output is YAML, and so has to be readable as such. */
export function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

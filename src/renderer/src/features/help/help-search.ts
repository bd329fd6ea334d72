/** True when every word of the search is in what the help says of a page, in any order. */
export function pagesWith(help: { readonly question: string; readonly text: readonly string[]; readonly marks: readonly (readonly [string, string])[] }, name: string, filter: string): boolean {
  const all = [name, help.question, ...help.text, ...help.marks.map(([, what]) => what)].join(' ').toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

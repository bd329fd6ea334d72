/** An ignore file with patterns at its end that it does not have yet; everything that is there stays as it is, line ends too. */
export function withPatterns(text: string, patterns: readonly string[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const present = new Set(text.split(/\r?\n/).map((line) => line.trimEnd()));
  const added = patterns.filter((pattern, index) => !present.has(pattern) && patterns.indexOf(pattern) === index);
  if (added.length === 0) return text;
  const head = text === '' || text.endsWith('\n') ? text : text + newline;
  return head + added.map((pattern) => pattern + newline).join('');
}

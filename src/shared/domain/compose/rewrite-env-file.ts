/** Changes values of an env file where they are written: comments, quotes and spaces stay byte for byte. Undefined, or the same value, leaves a line as it is. */
export function rewriteEnvFile(text: string, change: (name: string, value: string, line: number) => string | undefined): string {
  let isOpen = '';
  return text
    .split('\n')
    .map((line, index) => {
      // The lines of a value in quotes that goes over several are part of that value.
      if (isOpen !== '') {
        if (line.includes(isOpen)) isOpen = '';
        return line;
      }
      const match = /^(\s*(?:export\s+)?([^\s=:#]+)\s*[=:][ \t]*)(.*?)(\r?)$/.exec(line);
      if (match === null) return line;
      const [, before = '', name = '', rest = '', end = ''] = match;
      const quote = /^["']/.exec(rest)?.[0] ?? '';
      const close = quote === '' ? -1 : rest.indexOf(quote, 1);
      if (quote !== '' && close === -1) {
        isOpen = quote;
        return line;
      }
      const value = quote === '' ? rest.replace(/\s+#.*$/, '').trimEnd() : rest.slice(1, close);
      const tail = rest.slice(quote === '' ? value.length : close);
      return `${before}${quote}${change(name, value, index + 1) ?? value}${tail}${end}`;
    })
    .join('\n');
}

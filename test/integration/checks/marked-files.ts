/** What the marks of a file say: the file without them, what is wrong in which line, and how it reads when that was put right by hand. */
export interface MarkedFile {
  readonly text: string;
  /** `CODE file:line`, in file order. */
  readonly expected: readonly string[];
  /** The text with these codes put right. A line without an answer of its own is dropped. */
  repaired(text: string, codes: ReadonlySet<string>): string;
}

const MARK = /^(.*?)\s*#! ([A-Z_]+)(?: => (.*))?$/;

/** A line ends with `#! CODE` where a finding must stand, and with `#! CODE => text` where a person would write that instead (`\n` in it is a new line). */
export function readMarks(file: string, marked: string): MarkedFile {
  const lines = marked.split('\n').map((line) => MARK.exec(line)?.slice(1) ?? [line]);
  const marks = lines.flatMap(([text = '', code, instead], index) => (code === undefined ? [] : [{ line: index + 1, text, code, instead }]));
  return {
    text: lines.map(([text = '']) => text).join('\n'),
    expected: marks.map(({ line, code }) => `${code} ${file}:${String(line)}`),
    repaired: (text, codes) =>
      text
        .split('\n')
        .flatMap((line) => {
          const mark = marks.find((one) => codes.has(one.code) && one.text === line);
          if (mark === undefined) return [line];
          return mark.instead === undefined ? [] : [`${/^\s*/.exec(line)?.[0] ?? ''}${mark.instead.replaceAll('\\n', '\n')}`];
        })
        .join('\n'),
  };
}

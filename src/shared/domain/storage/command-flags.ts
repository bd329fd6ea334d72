/** A command line taken apart. A flag that is given several times keeps each value. */
export interface CommandFlags {
  readonly positional: readonly string[];
  value(name: string): string | undefined;
  values(name: string): readonly string[];
  /** Given, and not as `=false`. */
  has(name: string): boolean;
  readonly names: readonly string[];
}

/** Takes flags and arguments apart. `booleans` are the flags that never take the next word; short ones are named with their letter. */
export function readFlags(words: readonly string[], booleans: ReadonlySet<string>): CommandFlags {
  const positional: string[] = [];
  const flags = new Map<string, string[]>();
  const add = (name: string, value: string): void => {
    flags.set(name, [...(flags.get(name) ?? []), value]);
  };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') {
      positional.push(...words.slice(index + 1));
      break;
    }
    const found = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word);
    if (found === null) {
      positional.push(word);
      continue;
    }
    const name = found[1] ?? '';
    const next = words[index + 1];
    const isShortGroup = !word.startsWith('--') && name.length > 1 && [...name].every((letter) => booleans.has(letter));
    if (found[2] !== undefined) add(name, found[2]);
    else if (isShortGroup) for (const letter of name) add(letter, 'true');
    else if (booleans.has(name) || next === undefined || /^--?[A-Za-z]/.test(next)) add(name, 'true');
    else {
      add(name, next);
      index += 1;
    }
  }
  const values = (name: string): readonly string[] => flags.get(name) ?? [];
  return { positional, values, value: (name) => values(name).at(-1), has: (name) => values(name).length > 0 && values(name).at(-1) !== 'false', names: [...flags.keys()] };
}

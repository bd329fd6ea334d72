/** A family as it was read. */
export interface ReadFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: { readonly name: string; readonly labels: { readonly [name: string]: string }; readonly value: number }[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/s;

/** Reads the Prometheus text format and forgives nothing: every sample belongs to the family just announced, none comes twice. */
export function readPrometheus(text: string): Map<string, ReadFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('The last line is not ended.');
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let current: { name: string; family: ReadFamily } | null = null;
  let help: [string, string] | null = null;
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/s.exec(line);
    if (comment?.[1] === 'HELP') {
      help = [comment[2] ?? '', comment[3] ?? ''];
    } else if (comment?.[1] === 'TYPE') {
      const name = comment[2] ?? '';
      if (help?.[0] !== name) throw new Error(`No help comes before the type of ${name}.`);
      if (families.has(name)) throw new Error(`${name} comes twice.`);
      if (!['counter', 'gauge', 'summary'].includes(comment[3] ?? '')) throw new Error(`${name} has an unknown type.`);
      current = { name, family: { help: help[1], type: comment[3] ?? '', samples: [] } };
      families.set(name, current.family);
    } else {
      const [, name = '', labels, value = ''] = SAMPLE.exec(line) ?? [];
      if (name === '') throw new Error(`This is no sample: ${line}`);
      const belongs = current !== null && (name === current.name || (current.family.type === 'summary' && [`${current.name}_sum`, `${current.name}_count`].includes(name)));
      if (!belongs) throw new Error(`${name} belongs to no family.`);
      const identity = line.slice(0, line.length - value.length);
      if (seen.has(identity)) throw new Error(`Twice: ${line}`);
      seen.add(identity);
      current?.family.samples.push({ name, labels: readLabels(labels ?? ''), value: Number(value.replace('Inf', 'Infinity')) });
    }
  }
  return families;
}

function readLabels(text: string): { readonly [name: string]: string } {
  const labels: { [name: string]: string } = {};
  let rest = text;
  while (rest !== '') {
    const [whole, name = '', value = ''] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`These are no labels: ${rest}`);
    if (Object.hasOwn(labels, name)) throw new Error(`The label ${name} comes twice.`);
    labels[name] = value.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

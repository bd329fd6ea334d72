const NAMED: { readonly [name: string]: string } = { '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *', '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *' };
const DAY_MINUTES = 24 * 60;

/** The shortest time between two runs of a cron schedule (five fields, or a name such as `@daily`), in seconds; undefined when it is none. Days are looked at one by one: what runs on some days only counts as daily. */
export function cronSeconds(expression: string): number | undefined {
  const text = NAMED[expression.trim()] ?? expression.trim();
  const fields = text.split(/\s+/);
  if (fields.length !== 5) return undefined;
  const minutes = fieldValues(fields[0] ?? '', 0, 59);
  const hours = fieldValues(fields[1] ?? '', 0, 23);
  if (minutes === undefined || hours === undefined || !fields.slice(2).every((one) => /^[\w*/,?#-]+$/.test(one))) return undefined;
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)).sort((a, b) => a - b);
  const gaps = times.map((time, index) => (times[index + 1] ?? (times[0] ?? 0) + DAY_MINUTES) - time);
  return Math.min(...gaps) * 60;
}

function fieldValues(field: string, from: number, to: number): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const found = /^(\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (found === null) return undefined;
    const [, whole, first, last, step] = found;
    const start = whole === '*' ? from : Number(first);
    const end = whole === '*' || (last === undefined && step !== undefined) ? to : Number(last ?? first);
    const by = Number(step ?? 1);
    if (start < from || end > to || by < 1 || end < start) return undefined;
    for (let value = start; value <= end; value += by) values.add(value);
  }
  return values.size === 0 ? undefined : [...values].sort((a, b) => a - b);
}

/** A line of a crontab: its schedule and its command; undefined for settings, comments and everything else. */
export function cronLine(line: string, withUser: boolean): { readonly everySeconds: number; readonly command: string } | undefined {
  const found = /^\s*(@\w+|(?:[\d*][\w*/,?#-]*\s+){4}[\w*][\w*/,?#-]*)\s+(.+)$/.exec(line);
  const everySeconds = found === null ? undefined : cronSeconds(found[1] ?? '');
  if (found === null || everySeconds === undefined) return undefined;
  const command = found[2] ?? '';
  return { everySeconds, command: withUser ? command.replace(/^\S+\s+/, '') : command };
}

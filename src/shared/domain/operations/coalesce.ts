/** The part of an event that decides what it is about; kept structural so that domain does not import the contract. */
interface EventLike {
  readonly type: string;
}

/**
 * Keeps, of events about the same thing, the latest, at the place of the latest (so that an operation's end stays
 * behind its last log line). Log lines of one operation and service that follow one another become one event, new
 * entries of the event log too; changed files of one project are united; bugs are never dropped.
 */
export function coalesce<E extends EventLike>(events: readonly E[]): E[] {
  const out: E[] = [];
  const placeOf = new Map<string, number>();
  const gone = new Set<number>();
  for (const event of events) {
    const previous = out.at(-1);
    if (event.type === 'operation.logged' && previous !== undefined && isSameLog(previous, event)) {
      out[out.length - 1] = { ...event, text: `${text(previous)}\n${text(event)}` };
      continue;
    }
    if (event.type === 'log.appended' && previous?.type === 'log.appended') {
      out[out.length - 1] = { ...event, entries: [...list(previous, 'entries'), ...list(event, 'entries')] };
      continue;
    }
    const subject = subjectOf(event);
    if (subject === null) {
      out.push(event);
      continue;
    }
    const place = placeOf.get(subject);
    const earlier = place === undefined ? undefined : out[place];
    if (place !== undefined) gone.add(place);
    placeOf.set(subject, out.length);
    out.push(event.type === 'files.changed' && earlier !== undefined ? { ...event, files: [...new Set([...list(earlier, 'files'), ...list(event, 'files')])] } : event);
  }
  return out.filter((_event, index) => !gone.has(index));
}

function subjectOf(event: EventLike): string | null {
  switch (event.type) {
    case 'engine.changed':
    case 'projects.changed':
    case 'doctor.changed':
    case 'runtime.changed':
    case 'alerts.changed':
    case 'schedules.changed':
    case 'volumes.measured':
      return event.type;
    case 'settings.changed':
      return `${event.type} ${String(field(event, 'key'))}`;
    case 'services.changed':
    case 'files.changed':
    case 'sources.changed':
    case 'checks.changed':
    case 'drift.changed':
    case 'mounts.changed':
    case 'storage.changed':
      return `${event.type} ${String(field(event, 'projectId'))}`;
    case 'stats.changed': {
      const stats = field(event, 'stats');
      return `${event.type} ${typeof stats === 'object' && stats !== null && 'projectId' in stats ? String(stats.projectId) : ''}`;
    }
    case 'operation.changed': {
      const operation = field(event, 'operation');
      return `${event.type} ${typeof operation === 'object' && operation !== null && 'id' in operation ? String(operation.id) : ''}`;
    }
    default:
      return null;
  }
}

function isSameLog(a: EventLike, b: EventLike): boolean {
  return a.type === 'operation.logged' && field(a, 'operationId') === field(b, 'operationId') && field(a, 'service') === field(b, 'service');
}

function field(event: EventLike, name: string): unknown {
  return (event as unknown as { readonly [key: string]: unknown })[name];
}

function text(event: EventLike): string {
  return String(field(event, 'text'));
}

function list(event: EventLike, name: string): readonly unknown[] {
  const items = field(event, name);
  return Array.isArray(items) ? items : [];
}

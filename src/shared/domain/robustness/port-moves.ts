import { publishedRange } from '../checks/port-claims';
import type { ComposeModel } from '../compose/model';

const TOP_PORT = 65_535;

/** Every published host port of a model, once. */
export function publishedPorts(model: ComposeModel): readonly number[] {
  const ports = Object.values(model.services).flatMap((service) =>
    (service.ports ?? []).flatMap((port) => {
      const range = publishedRange(port.published);
      return range === undefined || range.first === 0 ? [] : Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index);
    }),
  );
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** Offsets worth trying so that every port stays a port, nearest first. */
export function possibleOffsets(ports: readonly number[]): readonly number[] {
  const highest = Math.max(0, ...ports);
  return Array.from({ length: 40 }, (_, index) => 100 + index * 37).filter((offset) => highest + offset <= TOP_PORT);
}

/**
 * What is wrong after every published port was to move by `offset`, in one sentence; null when each did and no
 * environment value changed in any other way.
 */
export function portMoveFault(before: ComposeModel, after: ComposeModel, offset: number): string | null {
  const ports = new Set(publishedPorts(before));
  for (const [name, service] of Object.entries(before.services)) {
    const now = after.services[name];
    if (now === undefined) return `${name} is gone.`;
    const wanted = (service.ports ?? []).map((port) => moved(port.published, offset)).join(' ');
    const found = (now.ports ?? []).map((port) => port.published ?? '').join(' ');
    if (wanted !== found) return `${name} should publish ${wanted} and publishes ${found}.`;
    const variables = new Set([...Object.keys(service.environment ?? {}), ...Object.keys(now.environment ?? {})]);
    for (const variable of variables) {
      const [was, is] = [service.environment?.[variable] ?? null, now.environment?.[variable] ?? null];
      if (!isMovedValue(was, is, offset, ports)) return `The value of ${variable} of ${name} changed, which names no port that moved.`;
    }
  }
  return null;
}

function moved(published: string | undefined, offset: number): string {
  const range = publishedRange(published);
  if (range === undefined || range.first === 0) return published ?? '';
  return range.first === range.last ? String(range.first + offset) : `${String(range.first + offset)}-${String(range.last + offset)}`;
}

/** The same value, or one in which only numbers of moved ports changed, each by the offset. */
function isMovedValue(was: string | null, is: string | null, offset: number, ports: ReadonlySet<number>): boolean {
  if (was === is) return true;
  if (was === null || is === null) return false;
  const [old, now] = [was.split(/(\d+)/), is.split(/(\d+)/)];
  return old.length === now.length && old.every((part, index) => part === now[index] || (ports.has(Number(part)) && now[index] === String(Number(part) + offset)));
}

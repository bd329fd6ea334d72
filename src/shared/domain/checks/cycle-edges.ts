import type { ComposeModel } from '../compose/model';

type Edge = readonly [from: string, to: string];

/** Every dependency of the circle that is closed by `from` depending on `to`: those first without which no circle is left, among them the closing one. */
export function cycleEdges(model: ComposeModel, from: string, to: string): readonly Edge[] {
  const way = shortestWay(model, to, from);
  const edges: readonly Edge[] = [[from, to], ...way.slice(1).map((name, index): Edge => [way[index] ?? '', name])];
  const isCure = new Map(edges.map((edge) => [edge, !hasCycle(model, edge)]));
  return [...edges].sort((a, b) => Number(isCure.get(b)) - Number(isCure.get(a)));
}

function dependenciesOf(model: ComposeModel, name: string): readonly string[] {
  return Object.keys(model.services[name]?.depends_on ?? {}).filter((one) => Object.hasOwn(model.services, one));
}

/** The services from one to the other, both included; only the first where there is no way. */
function shortestWay(model: ComposeModel, from: string, to: string): readonly string[] {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  const open = [from];
  for (let name = open.shift(); name !== undefined && name !== to; name = open.shift()) {
    for (const next of dependenciesOf(model, name)) {
      if (before.has(next)) continue;
      before.set(next, name);
      open.push(next);
    }
  }
  const way: string[] = [];
  for (let name: string | undefined = before.has(to) ? to : from; name !== undefined; name = before.get(name)) way.unshift(name);
  return way;
}

/** Whether a circle is left without one dependency. */
function hasCycle(model: ComposeModel, without: Edge): boolean {
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string): boolean => {
    if (state.has(name)) return state.get(name) === 'open';
    state.set(name, 'open');
    const found = dependenciesOf(model, name).some((next) => !(name === without[0] && next === without[1]) && visit(next));
    state.set(name, 'done');
    return found;
  };
  return Object.keys(model.services).some(visit);
}

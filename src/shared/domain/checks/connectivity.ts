import type { ComposeModel, ComposeService } from '../compose/model';
import type { ObservedContainer, ObservedImage, ObservedProject } from '../engine/observed';
import { looksLikeJob } from '../modes/decide-switch';

/** One way from a service to another: the contract's cell. */
export interface ConnectivityCell {
  readonly from: string;
  readonly to: string;
  readonly host: string;
  readonly port: number;
  readonly state: 'open' | 'closed' | 'no-network' | 'no-port' | 'not-running';
  readonly detail: string;
  readonly tookMs: number;
}

/** One port to try from inside the network of a running container. */
export interface ConnectivityProbe {
  readonly from: string;
  readonly containerId: string;
  readonly to: string;
  readonly host: string;
  readonly port: number;
}

/** What can be said at once, and what has to be tried. */
export interface ConnectivityPlan {
  readonly cells: readonly ConnectivityCell[];
  readonly probes: readonly ConnectivityProbe[];
}

/** An image that exposes more ports than this lists what it could do, not what it does. */
const MOST_EXPOSED = 3;

/** Plans the look from each running service to each of its dependencies; `only` empty: from all. A job that has ended is nobody to talk to. */
export function planConnectivity(model: ComposeModel, observed: ObservedProject, only: readonly string[]): ConnectivityPlan {
  const cells: ConnectivityCell[] = [];
  const probes: ConnectivityProbe[] = [];
  for (const [from, definition] of Object.entries(model.services)) {
    if ((only.length > 0 && !only.includes(from)) || isDone(observed, from, definition)) continue;
    for (const [to, { condition }] of Object.entries(definition.depends_on ?? {})) {
      const target = model.services[to];
      if (condition === 'service_completed_successfully' || target === undefined || isDone(observed, to, target)) continue;
      const way = wayTo(model, from, to);
      const ports = portsOf(target, imageOf(observed, model.name, to, target), way.isPublished);
      const said = (state: ConnectivityCell['state'], detail: string): void => void cells.push({ from, to, host: way.host, port: ports[0] ?? 0, state, detail, tookMs: 0 });
      const running = runningOf(observed, from);
      if (running === undefined || runningOf(observed, to) === undefined) said('not-running', `${running === undefined ? from : to} has no running container.`);
      else if (!way.isJoined) said('no-network', `${from} and ${to} share no network.`);
      else if (ports.length === 0) said('no-port', `It is not known where ${to} listens: it exposes, publishes and checks no port.`);
      else probes.push(...ports.map((port) => ({ from, containerId: running.id, to, host: way.host, port })));
    }
  }
  return { cells, probes };
}

/** The cell of a probe that was made. */
export function probedCell(probe: ConnectivityProbe, isOpen: boolean, tookMs: number): ConnectivityCell {
  const { from, to, host, port } = probe;
  const detail = isOpen ? `${from} reaches ${to} at ${host}:${port}.` : `${from} does not reach ${to} at ${host}:${port}: nothing answers there from inside its network.`;
  return { from, to, host, port, state: isOpen ? 'open' : 'closed', detail, tookMs };
}

/** A job that ended well has done what it was for. */
function isDone(observed: ObservedProject, service: string, definition: ComposeService): boolean {
  const own = observed.containers.filter((one) => one.service === service && !one.oneOff);
  return looksLikeJob(definition) && own.length > 0 && own.every((one) => one.state === 'exited' && one.exitCode === 0);
}

function runningOf(observed: ObservedProject, service: string): ObservedContainer | undefined {
  return [...observed.containers].sort((a, b) => a.number - b.number).find((one) => one.service === service && !one.oneOff && one.state === 'running');
}

/** The service whose network a service really uses. */
function networkOwner(model: ComposeModel, name: string): string {
  let owner = name;
  for (let hops = 0; hops < 10; hops += 1) {
    const mode = model.services[owner]?.network_mode;
    if (mode?.startsWith('service:') !== true) return owner;
    owner = mode.slice('service:'.length);
  }
  return owner;
}

/** By which name one service reaches the other, and whether the files give them a network for it. */
function wayTo(model: ComposeModel, from: string, to: string): { readonly host: string; readonly isJoined: boolean; readonly isPublished: boolean } {
  const here = networkOwner(model, from);
  const there = networkOwner(model, to);
  if (here === there) return { host: '127.0.0.1', isJoined: true, isPublished: false };
  const one = model.services[here];
  const other = model.services[there];
  if (one?.network_mode === 'host') return { host: '127.0.0.1', isJoined: true, isPublished: other?.network_mode !== 'host' };
  const networks = (service: ComposeService | undefined): readonly string[] => (service?.network_mode === undefined ? Object.keys(service?.networks ?? {}) : []);
  return { host: there, isJoined: networks(one).some((network) => networks(other).includes(network)), isPublished: false };
}

function imageOf(observed: ObservedProject, project: string, service: string, definition: ComposeService): ObservedImage | undefined {
  return observed.images[definition.image ?? `${project}-${service}`] ?? undefined;
}

/** TCP ports a service listens on: those of its files, else of its health check, else the few its image exposes. */
export function portsOf(service: ComposeService, image: ObservedImage | undefined, published: boolean): readonly number[] {
  if (published) return unique((service.ports ?? []).filter((port) => port.protocol !== 'udp').map((port) => Number(port.published)));
  const written = [...(service.expose ?? []).flatMap(portsOfText), ...(service.ports ?? []).filter((port) => port.protocol !== 'udp').map((port) => port.target)];
  if (written.length > 0) return unique(written);
  const checked = [...(service.healthcheck?.test ?? []).join(' ').matchAll(/(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):(\d{1,5})\b/g)].map((match) => Number(match[1]));
  if (checked.length > 0) return unique(checked);
  const exposed = unique((image?.exposedPorts ?? []).flatMap(portsOfText));
  return exposed.length > MOST_EXPOSED ? [] : exposed;
}

/** `8000`, `8000/tcp`, `8000-8002`: of a long range only its first port is tried. */
function portsOfText(text: string): readonly number[] {
  const match = /^(\d{1,5})(?:-\d{1,5})?(?:\/(tcp|udp))?$/.exec(text);
  return match === null || match[2] === 'udp' ? [] : [Number(match[1])];
}

function unique(ports: readonly number[]): readonly number[] {
  return [...new Set(ports)].filter((port) => port >= 1 && port <= 65_535).sort((a, b) => a - b);
}

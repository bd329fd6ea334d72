import type { OutputOf } from '@shared/contract/contract';
import { layeredLayout, type Layout, type LayoutEdge } from '@shared/domain/graph/layered-layout';
import { say } from '../../locales/say';
import { mebibytes } from '../../lib/format';

export type Graph = OutputOf<'services.graph'>;
export type GraphService = Graph['services'][number];
export type GraphVolume = Graph['volumes'][number];

const NODE_WIDTH = 208;
const HEAD_HEIGHT = 56;
const LINE_HEIGHT = 18;
const GAPS = { column: 72, row: 20 };

/** What a node says under its name. */
export function serviceLines(service: GraphService): readonly string[] {
  return [service.ports.map(shortPort).join(', '), service.networks.join(', '), service.mounts.length === 0 ? '' : say.services.binds(service.mounts.length)].filter((line) => line !== '');
}

/** 127.0.0.1:8000->8000/tcp as 8000 → 8000: the usual address and protocol are in the table and on hover. */
function shortPort(port: string): string {
  return port.replace(/^(?:127\.0\.0\.1|0\.0\.0\.0|localhost):(?=\d)/, '').replace('->', ' → ').replace(/\/tcp$/, '');
}

export function volumeLine(volume: GraphVolume): string {
  if (!volume.exists) return `${say.graph.planned}${volume.external ? `, ${say.graph.external}` : ''}`;
  const size = volume.sizeBytes !== null ? mebibytes(volume.sizeBytes) : volume.size === 'pending' ? say.graph.measuring : say.graph.notKnown;
  return `${size}${volume.external ? `, ${say.graph.external}` : ''}`;
}

export function volumeId(name: string): string {
  return `volume ${name}`;
}

/** Services from left to right as they wait for each other, the volumes they use at the end. */
export function graphLayout(graph: Graph): Layout {
  const edges: LayoutEdge[] = [...graph.dependencies.map(({ from, to }) => ({ from, to })), ...graph.volumes.flatMap((volume) => volume.users.map((user) => ({ from: user.service, to: volumeId(volume.name) })))];
  return layeredLayout(
    [
      ...graph.services.map((service) => ({ id: service.service, width: NODE_WIDTH, height: HEAD_HEIGHT + Math.max(0, serviceLines(service).length - 1) * LINE_HEIGHT + LINE_HEIGHT })),
      ...graph.volumes.map((volume) => ({ id: volumeId(volume.name), width: NODE_WIDTH, height: HEAD_HEIGHT, last: true })),
    ],
    edges,
    GAPS,
  );
}

/** The line of an edge: level where it meets something, curved between. */
export function edgePath(points: Layout['edges'][number]['points']): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let at = first;
  const parts = [`M${first.x} ${first.y}`];
  for (const point of rest) {
    const middle = (at.x + point.x) / 2;
    parts.push(`C${middle} ${at.y} ${middle} ${point.y} ${point.x} ${point.y}`);
    at = point;
  }
  return parts.join('');
}

/** What the lines and colours say of a service, in words for who does not see them. */
export function serviceSentence(graph: Graph, service: GraphService): string {
  const waits = graph.dependencies.filter((one) => one.from === service.service).map((one) => one.to);
  const waited = graph.dependencies.filter((one) => one.to === service.service).map((one) => one.from);
  return [
    waits.length === 0 ? '' : say.graph.waitsFor(waits),
    waited.length === 0 ? '' : say.graph.waitedFor(waited),
    service.volumes.length === 0 ? '' : say.graph.usesVolumes(service.volumes),
    service.mounts.length === 0 ? '' : say.graph.mounts(service.mounts),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

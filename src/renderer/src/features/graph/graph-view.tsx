import { useCallback, useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { HardDrive, Waypoints } from 'lucide-react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import type { Project, ServiceList } from '../../lib/model';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { serviceMark, StateMark } from '../../ui/state-mark';
import { edgePath, graphLayout, serviceLines, serviceSentence, volumeId, volumeLine, type Graph, type GraphService, type GraphVolume } from './graph-model';
import './graph-view.css';

/** Who waits for whom, on which networks, with which volumes. A service opens as it does in the table. */
export function GraphView({ project, list, selected, onSelect }: { readonly project: Project; readonly list: ServiceList | null; readonly selected: string | null; readonly onSelect: (service: string | null) => void }): ReactElement {
  const revision = useStore((state) => state.model.revisions[project.id] ?? 0);
  const measured = useStore((state) => state.model.volumesMeasured);
  const told = useRef(measured);
  const answer = useAnswer(
    useCallback(() => {
      // Sizes that have just become known are not measured once more.
      const waits = told.current === measured ? {} : { waitSeconds: 0 };
      told.current = measured;
      return call('services.graph', { project: project.id, ...waits }).then((graph) => ({ graph, revision }));
    }, [project.id, revision, measured]),
  );
  const graph = useMemo(() => withLiveStates(answer.value?.graph ?? null, list), [answer.value, list]);
  if (answer.error !== null && graph === null) {
    return (
      <div className="page-content">
        <ErrorBox title={say.graph.failed} error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />
      </div>
    );
  }
  if (graph === null) return <Skeleton rows={6} label={say.boot.loading} />;
  if (graph.services.length === 0) return <EmptyState icon={<Waypoints size={20} />} title={say.services.empty}>{say.services.emptyText}</EmptyState>;
  return <Picture graph={graph} selected={selected} onSelect={onSelect} />;
}

/** Events keep the services' states; the graph itself is read only when files changed. */
function withLiveStates(graph: Graph | null, list: ServiceList | null): Graph | null {
  if (graph === null || list === null) return graph;
  return { ...graph, services: graph.services.map((service) => ({ ...service, ...pick(list.services.find((one) => one.name === service.service)) })) };
}

function pick(service: ServiceList['services'][number] | undefined): Partial<Pick<GraphService, 'state' | 'health'>> {
  return service === undefined ? {} : { state: service.state, health: service.health };
}

/** What is looked at: a network, or a volume. */
type Focus = { readonly kind: 'network' | 'volume'; readonly name: string } | null;

function Picture({ graph, selected, onSelect }: { readonly graph: Graph; readonly selected: string | null; readonly onSelect: (service: string | null) => void }): ReactElement {
  const nodes = useRef<HTMLUListElement>(null);
  const [focus, setFocus] = useState<Focus>(null);
  useRowKeys(nodes);
  const layout = useMemo(() => graphLayout(graph), [graph]);
  const near = nearOf(graph, focus, selected);
  useEffect(() => {
    // The drawer that a choice opens takes room: what was chosen stays in sight.
    const scroller = nodes.current?.closest('.graph-scroll');
    if (scroller == null || selected === null) return undefined;
    const watch = new ResizeObserver(() => nodes.current?.querySelector('[data-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
    watch.observe(scroller);
    return () => watch.disconnect();
  }, [selected]);
  const toggle = (kind: 'network' | 'volume', name: string): void => setFocus(focus?.kind === kind && focus.name === name ? null : { kind, name });
  const at = new Map(layout.nodes.map((node) => [node.id, node]));
  const box = (id: string): { readonly left: number; readonly top: number; readonly width: number; readonly height: number } => ({ left: at.get(id)?.x ?? 0, top: at.get(id)?.y ?? 0, width: at.get(id)?.width ?? 0, height: at.get(id)?.height ?? 0 });

  return (
    <div className="graph-page" data-testid="graph">
      <div className="graph-legend" role="group" aria-label={say.graph.networks}>
        <h2>{say.graph.networks}</h2>
        {graph.networks.map((network) => (
          <button key={network.name} type="button" className="graph-network" data-planned={!network.exists} aria-pressed={focus?.kind === 'network' && focus.name === network.name} onClick={() => toggle('network', network.name)}>
            {network.name}
            {network.external && `, ${say.graph.external}`}
            {!network.exists && `, ${say.graph.planned}`}
          </button>
        ))}
      </div>
      <div className="graph-scroll scroll" tabIndex={0} role="region" aria-label={say.graph.title}>
        <div className="graph" style={{ width: layout.width, height: layout.height }}>
          <svg className="graph-edges" width={layout.width} height={layout.height} aria-hidden="true">
            {layout.edges.map((edge) => {
              const end = edge.points.at(-1) ?? { x: 0, y: 0 };
              const tip = edge.back ? 6 : -6;
              return (
                <g key={`${edge.from} ${edge.to}`} data-kind={edge.to.startsWith('volume ') ? 'volume' : 'service'} data-near={near === null ? undefined : near.has(edge.from) && near.has(edge.to)}>
                  <path d={edgePath(edge.points)} />
                  <polygon points={`${end.x},${end.y} ${end.x + tip},${end.y - 4} ${end.x + tip},${end.y + 4}`} />
                </g>
              );
            })}
          </svg>
          <ul ref={nodes} aria-label={say.graph.title}>
            {graph.services.map((service) => (
              <li key={service.service} className="graph-node" data-testid={`node-${service.service}`} data-mark={serviceMark(service.state, service.health)} data-selected={service.service === selected} data-dim={near !== null && !near.has(service.service)} style={box(service.service)}>
                <ServiceNode graph={graph} service={service} selected={service.service === selected} onSelect={onSelect} />
              </li>
            ))}
            {graph.volumes.map((volume) => (
              <li key={volume.name} className="graph-node graph-volume" data-planned={!volume.exists} data-testid={`node-volume-${volume.name}`} data-dim={near !== null && !near.has(volumeId(volume.name))} style={box(volumeId(volume.name))}>
                <VolumeNode volume={volume} pressed={focus?.kind === 'volume' && focus.name === volume.name} onToggle={() => toggle('volume', volume.name)} />
              </li>
            ))}
          </ul>
        </div>
      </div>
    </div>
  );
}

/** What belongs to what is looked at; null when nothing is. */
function nearOf(graph: Graph, focus: Focus, selected: string | null): ReadonlySet<string> | null {
  if (focus?.kind === 'network') return new Set(graph.networks.find((network) => network.name === focus.name)?.services);
  if (focus?.kind === 'volume') return new Set([volumeId(focus.name), ...(graph.volumes.find((volume) => volume.name === focus.name)?.users.map((user) => user.service) ?? [])]);
  if (selected === null) return null;
  const beside = graph.dependencies.flatMap(({ from, to }) => (from === selected ? [to] : to === selected ? [from] : []));
  const volumes = graph.volumes.filter((volume) => volume.users.some((user) => user.service === selected)).map((volume) => volumeId(volume.name));
  return new Set([selected, ...beside, ...volumes]);
}

function ServiceNode({ graph, service, selected, onSelect }: { readonly graph: Graph; readonly service: GraphService; readonly selected: boolean; readonly onSelect: (service: string | null) => void }): ReactElement {
  return (
    <button type="button" data-row aria-expanded={selected} title={[...service.ports, ...service.networks, ...service.mounts].join('\n')} onClick={() => onSelect(selected ? null : service.service)}>
      <span className="graph-title">
        <StateMark mark={serviceMark(service.state, service.health)} />
        <span className="ellipsis">{service.service}</span>
      </span>
      <span className="graph-line ellipsis">
        {say.services.states[service.state] ?? service.state}
        {service.health !== 'none' && ` · ${say.services.healths[service.health] ?? service.health}`}
      </span>
      {serviceLines(service).map((line) => (
        <span key={line} className="graph-line ellipsis">
          {line}
        </span>
      ))}
      <span className="hidden-text">{serviceSentence(graph, service)}</span>
    </button>
  );
}

function VolumeNode({ volume, pressed, onToggle }: { readonly volume: GraphVolume; readonly pressed: boolean; readonly onToggle: () => void }): ReactElement {
  const users = volume.users.map((user) => `${user.service}: ${user.target}${user.readOnly ? ` (${say.detail.readOnly})` : ''}`);
  return (
    <button type="button" data-row aria-pressed={pressed} title={[...users, say.graph.inModes(volume.modes)].join('\n')} onClick={onToggle}>
      <span className="graph-title">
        <HardDrive size={13} aria-hidden="true" />
        <span className="ellipsis">{volume.name}</span>
      </span>
      <span className="graph-line ellipsis">{volumeLine(volume)}</span>
      <span className="hidden-text">{say.graph.usedBy(volume.users.map((user) => user.service))}</span>
    </button>
  );
}

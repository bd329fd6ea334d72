import { lazy, Suspense, useEffect, useRef, useState, type ReactElement } from 'react';
import { FolderSymlink, HardDrive } from 'lucide-react';
import { say } from '../../locales/say';
import { inProject, uptime } from '../../lib/format';
import type { Project, Service, ServiceList } from '../../lib/model';
import { servicesWords } from '../../locales/en/services';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { serviceMark, StateMark } from '../../ui/state-mark';
import { useNow } from '../../ui/time';
import type { LiveStats, ServiceUse } from './live-stats';
import { ChosenBar } from './chosen-bar';
import { PortLinks } from './port-links';
import { serviceKey } from './service-acts';
import { CpuCell, MemoryCell } from './use-cell';
import './services-table.css';

const ServiceMenu = lazy(async () => ({ default: (await import('./service-menu')).ServiceMenu }));

const COPIED_MS = 1_500;

interface ServicesTableProps {
  readonly list: ServiceList;
  readonly project: Project;
  readonly busy: boolean;
  readonly stats: LiveStats;
  readonly filter: string;
  readonly selected: string | null;
  readonly onSelect: (service: string | null) => void;
  readonly onClearFilter: () => void;
  readonly filterRef: React.RefObject<HTMLInputElement | null>;
}

/** What runs, a row a service. A row opens its details and logs. */
export function ServicesTable({ list, project, busy, stats, filter, selected, onSelect, onClearFilter, filterRef }: ServicesTableProps): ReactElement {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, filterRef);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [copied, setCopied] = useState<string | null>(null);
  const shown = list.services.filter((service) => matches(service, filter));
  const chosen = list.services.filter((service) => marked.has(service.name));
  const mark = (name: string): void => setMarked((before) => new Set(before.has(name) ? [...before].filter((one) => one !== name) : [...before, name]));

  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    const name = event.target.closest('tr')?.dataset['service'];
    const service = list.services.find((one) => one.name === name);
    if (service === undefined) return;
    if (event.key.toLowerCase() === 'x') mark(service.name);
    else if (!serviceKey(event.key, project, service, busy)) return;
    if (event.key.toLowerCase() === 'c') setCopied(service.name);
    event.preventDefault();
  }

  useEffect(() => {
    if (copied === null) return undefined;
    const timer = setTimeout(() => setCopied(null), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  if (list.services.length === 0) return <EmptyState title={say.services.empty}>{say.services.emptyText}</EmptyState>;
  if (shown.length === 0) {
    return (
      <EmptyState title={say.services.nothingMatches(filter)} actions={<Button onClick={onClearFilter}>{say.services.clearFilter}</Button>} />
    );
  }
  return (
    <>
    {chosen.length > 0 && <ChosenBar project={project} services={chosen} busy={busy} onClear={() => setMarked(new Set())} />}
    <table className="services" data-testid="services-table" aria-label={say.services.table}>
      <thead>
        <tr>
          <th className="services-name">{say.services.name}</th>
          <th className="services-state">{say.services.state}</th>
          <th className="services-health">{say.services.health}</th>
          <th className="services-uptime">{say.services.uptime}</th>
          <th className="services-cpu">
            <span className="use-number">{say.services.cpu}</span>
          </th>
          <th className="services-memory">
            <span className="use-number use-memory">{say.services.memory}</span>
          </th>
          <th className="services-ports">{say.services.ports}</th>
          <th className="services-mounts">{say.services.mounts}</th>
          <th className="services-restarts">{say.services.restarts}</th>
          <th className="services-menu" aria-hidden="true" />
        </tr>
      </thead>
      <tbody ref={body} onKeyDown={onKeyDown}>
        {shown.map((service) => (
          <Row key={service.name} service={service} use={stats.services[service.name]} project={project} busy={busy} selected={service.name === selected} marked={marked.has(service.name)} copied={copied === service.name} onSelect={onSelect} onMark={mark} />
        ))}
      </tbody>
    </table>
    </>
  );
}

function matches(service: Service, filter: string): boolean {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return true;
  return [service.name, service.state, service.health, service.image, ...service.ports.map((port) => String(port.hostPort))].some((text) => text.toLowerCase().includes(wanted));
}

interface RowProps {
  readonly service: Service;
  readonly use: ServiceUse | undefined;
  readonly project: Project;
  readonly busy: boolean;
  readonly selected: boolean;
  /** Among those that are started or stopped together. */
  readonly marked: boolean;
  /** Its command was copied just now. */
  readonly copied: boolean;
  readonly onSelect: (service: string | null) => void;
  readonly onMark: (service: string) => void;
}

function Row({ service, use, project, busy, selected, marked, copied, onSelect, onMark }: RowProps): ReactElement {
  const up = service.state === 'running' || service.state === 'partial' || service.state === 'starting';
  return (
    <tr
      data-testid={`service-${service.name}`}
      data-service={service.name}
      data-state={service.state}
      data-health={service.health}
      data-selected={selected}
      data-marked={marked}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('a, .services-menu, [role="menu"]') !== null) return;
        if (event.ctrlKey || event.metaKey) onMark(service.name);
        else onSelect(selected ? null : service.name);
      }}
    >
      <td className="services-name">
        <span className="service-name">
          <StateMark mark={serviceMark(service.state, service.health)} />
          <button type="button" data-row aria-expanded={selected} aria-label={say.services.open(service.name)} title={service.name} className="ellipsis">
            {service.name}
          </button>
          {marked && <span className="hidden-text">{servicesWords.chosen(1)}</span>}
          {copied && (
            <span className="faint" role="status">
              {servicesWords.copied}
            </span>
          )}
          {service.orphan && <span className="service-tag">{say.services.orphan}</span>}
        </span>
      </td>
      <td className="services-state">
        {say.services.states[service.state] ?? service.state}
        {service.exitCode !== null && service.exitCode !== 0 && !up && <span className="faint"> · {say.services.exit(service.exitCode)}</span>}
      </td>
      <td className="services-health" data-health={service.health}>
        {service.state === 'absent' ? '–' : (say.services.healths[service.health] ?? service.health)}
      </td>
      <td className="services-uptime">{up && service.startedAt !== null ? <Uptime since={service.startedAt} /> : <span className="faint">–</span>}</td>
      <td className="services-cpu">
        <CpuCell use={up ? use : undefined} />
      </td>
      <td className="services-memory">
        <MemoryCell use={up ? use : undefined} />
      </td>
      <td className="services-ports">
        <PortLinks ports={service.ports} />
      </td>
      <td className="services-mounts">
        <MountCount service={service} projectDir={project.dir} />
      </td>
      <td className="services-restarts" data-some={service.restarts > 0}>
        {service.restarts}
      </td>
      <td className="services-menu">
        <Suspense fallback={<span className="icon-button" />}>
          <ServiceMenu project={project} service={service} busy={busy} where="row" />
        </Suspense>
      </td>
    </tr>
  );
}

function Uptime({ since }: { readonly since: string }): ReactElement {
  return <span title={new Date(since).toLocaleString()}>{uptime(useNow() - Date.parse(since))}</span>;
}

function MountCount({ service, projectDir }: { readonly service: Service; readonly projectDir: string }): ReactElement {
  const binds = service.mounts.filter((mount) => mount.type === 'bind');
  const volumes = service.mounts.filter((mount) => mount.type === 'volume');
  if (service.mounts.length === 0) return <span className="faint">{service.state === 'absent' ? '–' : say.services.noMounts}</span>;
  const title = service.mounts.map((mount) => `${mount.type === 'bind' ? inProject(mount.source, projectDir) : mount.source} → ${mount.target}`).join('\n');
  return (
    <span className="mount-count" title={title}>
      {binds.length > 0 && (
        <span>
          <FolderSymlink size={13} aria-hidden="true" /> {say.services.binds(binds.length)}
        </span>
      )}
      {volumes.length > 0 && (
        <span>
          <HardDrive size={13} aria-hidden="true" /> {say.services.volumes(volumes.length)}
        </span>
      )}
    </span>
  );
}

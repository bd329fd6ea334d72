import { useRef, type ReactElement } from 'react';
import { FolderSymlink, HardDrive } from 'lucide-react';
import { say } from '../../locales/say';
import { inProject, uptime } from '../../lib/format';
import type { Service, ServiceList } from '../../lib/model';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { serviceMark, StateMark } from '../../ui/state-mark';
import { useNow } from '../../ui/time';
import type { LiveStats, ServiceUse } from './live-stats';
import { PortLinks } from './port-links';
import { CpuCell, MemoryCell } from './use-cell';
import './services-table.css';

interface ServicesTableProps {
  readonly list: ServiceList;
  readonly projectDir: string;
  readonly stats: LiveStats;
  readonly filter: string;
  readonly selected: string | null;
  readonly onSelect: (service: string | null) => void;
  readonly onClearFilter: () => void;
  readonly filterRef: React.RefObject<HTMLInputElement | null>;
}

/** What runs, a row a service. A row opens its details and logs. */
export function ServicesTable({ list, projectDir, stats, filter, selected, onSelect, onClearFilter, filterRef }: ServicesTableProps): ReactElement {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, filterRef);
  const shown = list.services.filter((service) => matches(service, filter));

  if (list.services.length === 0) return <EmptyState title={say.services.empty}>{say.services.emptyText}</EmptyState>;
  if (shown.length === 0) {
    return (
      <EmptyState title={say.services.nothingMatches(filter)} actions={<Button onClick={onClearFilter}>{say.services.clearFilter}</Button>} />
    );
  }
  return (
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
        </tr>
      </thead>
      <tbody ref={body}>
        {shown.map((service) => (
          <Row key={service.name} service={service} use={stats.services[service.name]} projectDir={projectDir} selected={service.name === selected} onSelect={onSelect} />
        ))}
      </tbody>
    </table>
  );
}

function matches(service: Service, filter: string): boolean {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return true;
  return [service.name, service.state, service.health, service.image, ...service.ports.map((port) => String(port.hostPort))].some((text) => text.toLowerCase().includes(wanted));
}

function Row({ service, use, projectDir, selected, onSelect }: { readonly service: Service; readonly use: ServiceUse | undefined; readonly projectDir: string; readonly selected: boolean; readonly onSelect: (service: string | null) => void }): ReactElement {
  const up = service.state === 'running' || service.state === 'partial' || service.state === 'starting';
  return (
    <tr data-testid={`service-${service.name}`} data-state={service.state} data-health={service.health} data-selected={selected} onClick={(event) => event.target instanceof Element && event.target.closest('a') === null && onSelect(selected ? null : service.name)}>
      <td className="services-name">
        <span className="service-name">
          <StateMark mark={serviceMark(service.state, service.health)} />
          <button type="button" data-row aria-expanded={selected} aria-label={say.services.open(service.name)} title={service.name} className="ellipsis">
            {service.name}
          </button>
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
        <MountCount service={service} projectDir={projectDir} />
      </td>
      <td className="services-restarts" data-some={service.restarts > 0}>
        {service.restarts}
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

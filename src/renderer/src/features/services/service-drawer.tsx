import { lazy, Suspense, useState, type ReactElement } from 'react';
import { Play, RotateCw, Square, X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { canStop } from '@shared/domain/projects/start-choice';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { inProject } from '../../lib/format';
import type { Project, Service, WatchedMount } from '../../lib/model';
import { useStore } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { useMedia } from '../../lib/use-media';
import { Button, IconButton } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { serviceMark, StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { DrawerGrip } from './drawer-grip';
import { LogView } from './log-view';
import { PortLinks } from './port-links';
import './service-drawer.css';

// The charts bring a library of their own.
const ServiceResources = lazy(async () => ({ default: (await import('./service-resources')).ServiceResources }));

const FIRST_HEIGHT = 300;

/** One service: its log and its facts, in the drawer at the bottom. */
export function ServiceDrawer({ project, service, busy, onClose }: { readonly project: Project; readonly service: Service; readonly busy: boolean; readonly onClose: () => void }): ReactElement {
  const wide = useMedia('(min-width: 1180px)');
  const [height, setHeight] = useState(FIRST_HEIGHT);
  const [tab, setTab] = useState('logs');
  const logs = <LogView projectId={project.id} service={service.name} containerKey={service.containerIds.join()} />;
  const facts = <Facts project={project} service={service} />;
  const resources = (
    <Suspense fallback={<div className="grow"><Skeleton rows={4} label={say.boot.loading} /></div>}>
      <ServiceResources projectId={project.id} service={service.name} busy={busy} />
    </Suspense>
  );
  // A wide drawer has the details beside whatever is shown.
  const shown = wide && tab === 'details' ? 'logs' : tab;
  const act = (name: 'services.start' | 'services.stop' | 'services.restart'): void => void attempt(() => start(name, { project: project.id, services: [service.name] }));
  const up = canStop([service]);

  return (
    <section className="drawer" style={{ height }} aria-label={service.name} data-testid="service-drawer">
      <DrawerGrip height={height} onChange={setHeight} label={say.detail.resize} />
      <Tabs.Root className="drawer-body" value={shown} onValueChange={setTab}>
        <header className="drawer-head">
          <StateMark mark={serviceMark(service.state, service.health)} />
          <h2 className="ellipsis">{service.name}</h2>
          <span className="dim">
            {say.services.states[service.state] ?? service.state}
            {service.health !== 'none' && ` · ${say.services.healths[service.health] ?? service.health}`}
          </span>
          <Tabs.List className="tabs" aria-label={service.name}>
            <Tabs.Trigger value="logs">{say.detail.logs}</Tabs.Trigger>
            <Tabs.Trigger value="resources" data-testid="tab-resources">
              {say.resources.title}
            </Tabs.Trigger>
            {!wide && (
              <Tabs.Trigger value="details" data-testid="tab-details">
                {say.detail.details}
              </Tabs.Trigger>
            )}
          </Tabs.List>
          <span className="grow" />
          {service.containerIds.length > 0 && (
            <>
              {up && (
                <Button size="small" look="quiet" icon={<RotateCw size={13} />} disabled={busy} onClick={() => act('services.restart')}>
                  {say.actions.restart}
                </Button>
              )}
              <Button size="small" look="quiet" icon={up ? <Square size={12} /> : <Play size={12} />} disabled={busy} onClick={() => act(up ? 'services.stop' : 'services.start')}>
                {up ? say.actions.stop : say.actions.start}
              </Button>
            </>
          )}
          <IconButton label={say.actions.close} onClick={onClose} data-testid="drawer-close">
            <X size={16} />
          </IconButton>
        </header>
        <div className="drawer-columns">
          <Tabs.Content className="drawer-columns" value="logs" tabIndex={-1}>
            {logs}
          </Tabs.Content>
          <Tabs.Content className="drawer-columns" value="resources" tabIndex={-1}>
            {resources}
          </Tabs.Content>
          {wide ? (
            facts
          ) : (
            <Tabs.Content className="drawer-columns" value="details" tabIndex={-1}>
              {facts}
            </Tabs.Content>
          )}
        </div>
      </Tabs.Root>
    </section>
  );
}

const NONE: readonly WatchedMount[] = [];

function Facts({ project, service }: { readonly project: Project; readonly service: Service }): ReactElement {
  const watched = useStore((state) => state.model.mounts[project.id] ?? NONE);
  return (
    <div className="drawer-facts scroll" data-testid="service-facts" tabIndex={0} role="region" aria-label={say.detail.details}>
      <dl>
        <dt>{say.detail.image}</dt>
        <dd className="mono">{service.image === '' ? say.detail.none : service.image}</dd>
        <dt>{say.detail.mode}</dt>
        <dd>{service.mode ?? say.detail.none}</dd>
        <dt>{say.detail.started}</dt>
        <dd>{service.startedAt === null ? say.detail.none : <Ago at={service.startedAt} />}</dd>
        <dt>{say.detail.ports}</dt>
        <dd>
          <PortLinks ports={service.ports} long />
        </dd>
        <dt>{say.detail.containers}</dt>
        <dd className="mono">
          {service.containerIds.length === 0 ? say.detail.none : service.containerIds.map((id) => <div key={id} title={id}>{id.slice(0, 12)}</div>)}
        </dd>
        <dt>{say.detail.mounts}</dt>
        <dd>
          {service.mounts.length === 0 && say.detail.none}
          {service.mounts.map((mount) => (
            <div key={mount.target} className="mount">
              <code>{mount.type === 'bind' ? inProject(mount.source, project.dir) : /^[0-9a-f]{64}$/.test(mount.source) ? mount.source.slice(0, 12) : mount.source}</code>
              <span className="faint"> → </span>
              <code>{mount.target}</code>
              <span className="faint">
                {' '}
                {mount.type}
                {mount.readOnly && `, ${say.detail.readOnly}`}
              </span>
              <MountState watched={watched.find((one) => one.source === mount.source && one.services.some((user) => user.service === service.name))} />
            </div>
          ))}
        </dd>
      </dl>
    </div>
  );
}

/** What the monitor says of a bind source; nothing where it is not watched. */
function MountState({ watched }: { readonly watched: WatchedMount | undefined }): ReactElement | null {
  if (watched === undefined) return null;
  const ok = watched.state === 'ok';
  return (
    <div className="mount-state" data-state={watched.state} title={ok ? undefined : watched.message}>
      <StateMark mark={ok ? 'good' : 'bad'} />
      <span className={ok ? 'dim' : undefined}>{ok ? say.detail.mountStates.ok : `${say.detail.mountStates[watched.state]}: ${watched.message}`}</span>
    </div>
  );
}

import { lazy, Suspense, useState, type ReactElement } from 'react';
import { Play, RotateCw, Square, X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { canStop } from '@shared/domain/projects/start-choice';
import { say } from '../../locales/say';
import type { Project, Service } from '../../lib/model';
import { servicesWords } from '../../locales/en/services';
import { useMedia } from '../../lib/use-media';
import { Button, IconButton } from '../../ui/button';
import { DrawerGrip } from '../../ui/drawer-grip';
import { Skeleton } from '../../ui/empty-state';
import { LogView } from '../../ui/log-viewer/log-view';
import { serviceMark, StateMark } from '../../ui/state-mark';
import { changeServices } from './service-acts';
import { ServiceEnvironment } from './service-environment';
import { ServiceFacts } from './service-facts';
import { ServiceMenu } from './service-menu';
import { useServiceDetail } from './use-service-detail';
import './service-drawer.css';

// The charts bring a library of their own.
const ServiceResources = lazy(async () => ({ default: (await import('./service-resources')).ServiceResources }));

const FIRST_HEIGHT = 300;
const MIN_HEIGHT = 160;
/** What header, table and status line keep for themselves. */
const KEPT_ABOVE = 248;

/** One service: its log and its facts, in the drawer at the bottom. */
export function ServiceDrawer({ project, service, busy, onClose }: { readonly project: Project; readonly service: Service; readonly busy: boolean; readonly onClose: () => void }): ReactElement {
  const wide = useMedia('(min-width: 1180px)');
  const [height, setHeight] = useState(FIRST_HEIGHT);
  const [tab, setTab] = useState('logs');
  const logs = <LogView projectId={project.id} projectName={project.name} service={service.name} />;
  const answer = useServiceDetail(project.id, service);
  const facts = <ServiceFacts project={project} service={service} answer={answer} />;
  const resources = (
    <Suspense fallback={<div className="grow"><Skeleton rows={4} label={say.boot.loading} /></div>}>
      <ServiceResources projectId={project.id} service={service.name} busy={busy} />
    </Suspense>
  );
  // A wide drawer has the details beside whatever is shown.
  const shown = wide && tab === 'details' ? 'logs' : tab;
  const up = canStop([service]);

  return (
    <section className="drawer" style={{ height }} aria-label={service.name} data-testid="service-drawer">
      <DrawerGrip height={height} lowest={MIN_HEIGHT} highest={() => window.innerHeight - KEPT_ABOVE} onChange={setHeight} label={say.detail.resize} />
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
            <Tabs.Trigger value="environment" data-testid="tab-environment">
              {servicesWords.tabs.environment}
            </Tabs.Trigger>
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
                <Button size="small" look="quiet" icon={<RotateCw size={13} />} disabled={busy} onClick={() => changeServices('restart', project, [service.name])}>
                  {say.actions.restart}
                </Button>
              )}
              <Button size="small" look="quiet" icon={up ? <Square size={12} /> : <Play size={12} />} disabled={busy} onClick={() => changeServices(up ? 'stop' : 'start', project, [service.name])}>
                {up ? say.actions.stop : say.actions.start}
              </Button>
            </>
          )}
          <ServiceMenu project={project} service={service} busy={busy} where="drawer" />
          <IconButton label={say.actions.close} onClick={onClose} data-testid="drawer-close">
            <X size={16} />
          </IconButton>
        </header>
        <div className="drawer-columns">
          <Tabs.Content className="drawer-columns" value="logs" tabIndex={-1}>
            {logs}
          </Tabs.Content>
          <Tabs.Content className="drawer-columns" value="environment" tabIndex={-1}>
            <ServiceEnvironment project={project} service={service.name} answer={answer} />
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

import { lazy, Suspense, useRef, type ReactElement } from 'react';
import { List, PlugZap, Waypoints } from 'lucide-react';
import { say } from '../locales/say';
import { mebibytes, percent } from '../lib/format';
import { isFinal, switchTarget } from '../lib/model';
import type { Alert, DoctorReport, Drift, Engine, Operation, OperationTrack, Project, ServiceList } from '../lib/model';
import { setUi, useStore } from '../lib/store';
import { startProject, stopProject } from '../lib/switch-flow';
import { doctorFix, reconnect } from '../lib/sync';
import { canStop, startChoice } from '@shared/domain/projects/start-choice';
import { Button, IconButton } from '../ui/button';
import { EmptyState, Skeleton } from '../ui/empty-state';
import { FilterBox } from '../ui/filter-box';
import { PageHead } from '../ui/page-head';
import { healthMark, StateMark } from '../ui/state-mark';
import { AlertStrip } from '../features/alerts/alert-strip';
import { useStats } from '../features/services/use-stats';
import './project-page.css';

const ActionsMenu = lazy(async () => ({ default: (await import('../features/actions/actions-menu')).ActionsMenu }));
const DriftSection = lazy(async () => ({ default: (await import('../features/drift/drift-section')).DriftSection }));
const GraphView = lazy(async () => ({ default: (await import('../features/graph/graph-view')).GraphView }));
const PendingStrip = lazy(async () => ({ default: (await import('../features/changes/pending-strip')).PendingStrip }));
const RunPanel = lazy(async () => ({ default: (await import('../features/modes/run-panel')).RunPanel }));
const RunStrip = lazy(async () => ({ default: (await import('../features/modes/run-panel')).RunStrip }));
const ServicesTable = lazy(async () => ({ default: (await import('../features/services/services-table')).ServicesTable }));
const ServiceDrawer = lazy(async () => ({ default: (await import('../features/services/service-drawer')).ServiceDrawer }));

interface ProjectPageProps {
  readonly project: Project;
  readonly services: ServiceList | null;
  readonly engine: Engine | null;
  readonly doctor: DoctorReport | null;
  readonly operation: Operation | null;
  readonly track: OperationTrack | undefined;
  readonly busy: boolean;
  readonly alerts: readonly Alert[];
  readonly drifts: readonly Drift[];
}

/** What runs, in which mode, is it healthy? */
export function ProjectPage({ project, services, engine, doctor, operation, track, busy, alerts, drifts }: ProjectPageProps): ReactElement {
  const filter = useStore((state) => state.ui.filter);
  const selected = useStore((state) => state.ui.service);
  const as = useStore((state) => state.ui.servicesAs);
  const plan = useStore((state) => (operation === null ? undefined : state.ui.plans[operation.id]));
  const filterRef = useRef<HTMLInputElement>(null);
  const service = services?.services.find((one) => one.name === selected) ?? null;
  const stats = useStats(project.id, engine?.state === 'connected' && (services?.services.some((one) => one.containerIds.length > 0) ?? false));
  if (engine?.state === 'unreachable') return <NoEngine engine={engine} doctor={doctor} />;
  const list = services?.services ?? [];
  const several = project.modes.length > 1 && !busy;
  const switching = operation === null || isFinal(operation) ? null : switchTarget(operation);
  // How it went well is one line; what runs or went wrong needs room.
  const beside = operation !== null && operation.state !== 'succeeded';

  return (
    <div className="page" data-testid="page-project">
      <PageHead
        mark={services === null ? undefined : <StateMark mark={switching === null ? healthMark(services.health) : 'busy'} />}
        sentence={switching !== null ? say.run.switching(switching.to) : (services?.summary ?? (engine?.state === 'connected' ? say.boot.loading : say.engine.connecting))}
        detail={stats.total === null ? undefined : <span data-testid="project-totals">{say.services.totals(percent(stats.total.cpu), mebibytes(stats.total.memoryBytes), stats.total.processes, list.reduce((sum, one) => sum + one.restarts, 0))}</span>}
      >
        {list.length > 0 && as === 'table' && <FilterBox value={filter} onChange={(text) => setUi({ filter: text })} label={say.services.filter} inputRef={filterRef} testId="service-filter" />}
        {several && services !== null && canStop(list) && (
          <Button disabled={busy} data-testid="stop-project" onClick={() => void stopProject(project.id)}>
            {say.actions.stop}
          </Button>
        )}
        {several && services !== null && startChoice(project, list).kind !== 'none' && (
          <Button disabled={busy} data-testid="start-project" onClick={() => void startProject(project.id)}>
            {say.actions.start}
          </Button>
        )}
        {list.length > 0 && <ViewToggle as={as} />}
        <Suspense fallback={<span className="icon-button" />}>
          <ActionsMenu busy={busy} />
        </Suspense>
      </PageHead>
      <AlertStrip alerts={alerts} />
      {operation?.state === 'succeeded' && (
        <div className="project-strip">
          <Suspense fallback={null}>
            <RunStrip key={operation.id} operation={operation} track={track} plan={plan} />
          </Suspense>
        </div>
      )}
      <Suspense fallback={null}>{project.activeMode !== null && !busy && engine?.state === 'connected' && <PendingStrip key={project.id} projectId={project.id} busy={busy} />}</Suspense>
      <Suspense fallback={null}>{drifts.length > 0 && <DriftSection projectId={project.id} drifts={drifts} busy={busy} />}</Suspense>
      <div className="project-body">
        <div className="project-table scroll">
          {services === null ? (
            <Skeleton rows={5} label={say.boot.loading} />
          ) : as === 'graph' ? (
            <Suspense fallback={<Skeleton rows={5} label={say.boot.loading} />}>
              <GraphView key={project.id} project={project} list={services} selected={service?.name ?? null} onSelect={(name) => setUi({ service: name })} />
            </Suspense>
          ) : (
            <Suspense fallback={<Skeleton rows={5} label={say.boot.loading} />}>
              <ServicesTable list={services} project={project} busy={busy} stats={stats} filter={filter} selected={service?.name ?? null} filterRef={filterRef} onSelect={(name) => setUi({ service: name })} onClearFilter={() => setUi({ filter: '' })} />
            </Suspense>
          )}
        </div>
        {beside && operation !== null && (
          <aside className="project-side scroll">
            <Suspense fallback={null}>
              <RunPanel key={operation.id} operation={operation} track={track} plan={plan} projectDir={project.dir} />
            </Suspense>
          </aside>
        )}
      </div>
      <Suspense fallback={null}>{service !== null && <ServiceDrawer key={service.name} project={project} service={service} busy={busy} onClose={() => setUi({ service: null })} />}</Suspense>
    </div>
  );
}

/** The services as a table or as a picture of what belongs together. */
function ViewToggle({ as }: { readonly as: 'table' | 'graph' }): ReactElement {
  const Icon = { table: List, graph: Waypoints };
  return (
    <div className="view-toggle" role="group" aria-label={say.graph.view}>
      {(['table', 'graph'] as const).map((one) => {
        const Shape = Icon[one];
        return (
          <IconButton key={one} label={say.graph.as[one]} aria-pressed={as === one} data-testid={`view-${one}`} onClick={() => setUi({ servicesAs: one })}>
            <Shape size={15} />
          </IconButton>
        );
      })}
    </div>
  );
}

/** No engine answers: what was tried, and the two things that can be done. */
export function NoEngine({ engine, doctor }: { readonly engine: Engine; readonly doctor: DoctorReport | null }): ReactElement {
  const fix = doctor?.checks.find((check) => check.name === 'engine' && !check.ok && check.fix !== undefined);
  return (
    <div className="page" data-testid="no-engine">
      <EmptyState
        page
        icon={<PlugZap size={20} />}
        title={say.engine.title}
        actions={
          <>
            {fix !== undefined && (
              <Button look="primary" size="large" data-testid="start-engine" title={fix.fix} onClick={() => void doctorFix(fix.name)}>
                {say.actions.startDocker}
              </Button>
            )}
            <Button size="large" data-testid="engine-retry" onClick={() => void reconnect()}>
              {say.actions.retry}
            </Button>
          </>
        }
      >
        <p className="selectable" role="alert">
          {engine.message}
        </p>
        <p className="faint">
          {say.engine.hint} {say.engine.reconnects}
        </p>
      </EmptyState>
    </div>
  );
}

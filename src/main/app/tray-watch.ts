import type { BerthEvent } from '@shared/contract/events';
import type { InputOf, NamesOfKind, OutputOf } from '@shared/contract/contract';
import { pendingServices } from '@shared/domain/changes/pending-services';
import { acrossModes, countConflicts } from '@shared/domain/findings/across-modes';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';
import { AppError } from '@shared/kernel/app-error';
import type { Client, Dispatcher } from '../dispatch/types';
import { within } from '../platform/within';
import type { AppServices } from './app-services';
import type { TrayState } from './tray-model';

/** A typed view of the dispatcher for the tray's door. Rejects with the AppError a page would be answered with. */
export function trayClient(dispatcher: Dispatcher): Client {
  async function ask(name: string, input: unknown): Promise<unknown> {
    const result = await dispatcher.call(name, input, { door: 'tray', signal: new AbortController().signal });
    if (!result.ok) throw AppError.fromData(result.error);
    return result.value;
  }
  return {
    call: <N extends NamesOfKind<'query'> | NamesOfKind<'command'>>(name: N, input: InputOf<N>) => ask(name, input) as Promise<OutputOf<N>>,
    start: <N extends NamesOfKind<'operation'>>(name: N, input: InputOf<N>) => ask(name, input) as Promise<{ readonly operationId: string }>,
  };
}

/** How long the end of an operation may wait for a look at what it changed. */
const LOOK_MS = 3_000;
/** So often it is looked once more because something changed meanwhile. */
const MOST_LOOKS = 3;

function stands(alert: TrayState['alerts'][number]): boolean {
  return alert.clearedAt === null && !alert.dismissed;
}

/** Keeps what the tray shows true by the same events the window lives on. */
export interface TrayWatch {
  state(): TrayState;
  chooseProject(id: string): void;
  /** The page counted: the tray says the same. */
  noteConflicts(projectId: string, conflicts: number): void;
  /** Runs the checks of every mode of the current project and counts again. */
  validate(): Promise<void>;
  dispose(): void;
}

export function watchForTray(services: AppServices, client: Client, onChanged: () => void): TrayWatch {
  let state: TrayState = { engine: null, projects: [], currentProjectId: null, services: null, running: null, conflicts: null, pending: null, alerts: [], runtime: null, storage: null, workspaces: null, snapshots: null, recentProjectIds: [] };
  let disposed = false;
  let checking = 0;
  let comparing = 0;
  let lastEnded = '';
  let servicesTold = 0;

  function update(change: Partial<TrayState>): void {
    if (disposed) return;
    state = { ...state, ...change };
    onChanged();
  }

  function current(): TrayState['projects'][number] | undefined {
    return state.projects.find((project) => project.id === state.currentProjectId) ?? state.projects[0];
  }

  async function readServices(): Promise<void> {
    const project = current();
    if (project === undefined) return update({ services: null, conflicts: null, pending: null, storage: null, workspaces: null, snapshots: null });
    const list = await client.call('services.list', { project: project.id }).catch(() => null);
    if (current()?.id === project.id) update({ services: list });
    await readStorage();
    await readWorkspaces();
    await readSnapshots();
  }

  /** Asked once for a project: from then on events tell. */
  async function readWorkspaces(): Promise<void> {
    const project = current();
    if (project === undefined || state.workspaces !== null) return;
    const workspaces = await client.call('workspaces.list', { project: project.id }).catch(() => null);
    if (current()?.id === project.id && state.workspaces === null) update({ workspaces });
  }

  /** Asked once for a project: from then on events tell. */
  async function readSnapshots(): Promise<void> {
    const project = current();
    if (project === undefined || state.snapshots !== null) return;
    const snapshots = await client.call('snapshots.list', { project: project.id }).catch(() => null);
    if (current()?.id === project.id && state.snapshots === null) update({ snapshots });
  }

  /** No event tells of it: it is asked where something may have changed it. */
  async function readStorage(): Promise<void> {
    const project = current();
    if (project === undefined || state.engine?.state !== 'connected') return;
    const storage = await client.call('storage.status', { project: project.id }).catch(() => null);
    if (current()?.id === project.id) update({ storage });
  }

  /** How many services were edited and do not run so yet; of what does not run at all nothing is pending. */
  async function readPending(): Promise<void> {
    const project = current();
    if (project === undefined) return;
    const turn = (comparing += 1);
    const set = state.engine?.state === 'connected' && project.activeMode !== null ? await client.call('changes.show', { project: project.id }).catch(() => null) : null;
    if (turn === comparing) update({ pending: set === null ? null : pendingServices(set.changes).length });
  }

  async function validate(): Promise<void> {
    const project = current();
    if (project === undefined) return;
    const turn = (checking += 1);
    const reports = await Promise.all(project.modes.map((mode) => client.call('checks.run', { project: project.id, mode: mode.name }).catch(() => null)));
    if (turn !== checking) return;
    const known = reports.filter((report) => report !== null);
    update({ conflicts: known.length === 0 ? null : countConflicts(acrossModes(known)) });
  }

  function onEvent(event: BerthEvent): void {
    switch (event.type) {
      case 'engine.changed':
        update({ engine: event.engine });
        if (event.engine.state === 'connected') void readStorage().then(readWorkspaces).then(readSnapshots).then(validate).then(readPending);
        return;
      case 'projects.changed': {
        const before = current()?.id;
        update({ projects: event.projects });
        if (current()?.id !== before) {
          update({ workspaces: null, snapshots: null, pending: null });
          void readServices().then(validate).then(readPending);
        }
        return;
      }
      case 'services.changed':
        if (event.projectId !== current()?.id) return;
        servicesTold += 1;
        update({ services: event.services });
        return;
      case 'operation.changed':
        onOperation(event.operation);
        return;
      case 'workspaces.changed':
        if (event.projectId === current()?.id) update({ workspaces: event.workspaces });
        return;
      case 'snapshots.changed':
        if (event.projectId === current()?.id) update({ snapshots: event.snapshots });
        return;
      case 'alerts.changed':
        update({ alerts: event.alerts.filter(stands) });
        void readStorage();
        return;
      case 'runtime.changed':
        update({ runtime: event.runtime });
        return;
      case 'files.changed':
      case 'checks.changed':
        if (event.projectId === current()?.id) void validate().then(readPending);
        return;
      case 'sources.changed':
        if (event.projectId === current()?.id) void readPending();
        return;
      default:
    }
  }

  function onOperation(operation: NonNullable<TrayState['running']>): void {
    // The one it belongs to is what runs.
    if (isKeptWithin(operation)) return;
    const ended = FINAL_STATES.includes(operation.state);
    if (!ended && operation.projectId === current()?.id) update({ running: operation });
    if (ended && state.running?.id === operation.id) void showEnd(operation.id);
    // A short one may be told of only once, at its end; what becomes of its record afterwards is no second end.
    if (!ended || operation.projectId !== current()?.id || operation.id === lastEnded) return;
    lastEnded = operation.id;
    void readStorage();
    void validate().then(readPending);
  }

  /** An end is told before anybody has looked at what it changed: the services that are known are those from before. */
  async function showEnd(operationId: string): Promise<void> {
    const list = await within(LOOK_MS, look(), null);
    if (state.running?.id !== operationId) return;
    update({ running: null, ...(list === null ? {} : { services: list }) });
  }

  /** What is told meanwhile may be newer or older than the answer: then it is looked once more. Null when nobody could look. */
  async function look(): Promise<TrayState['services']> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const project = current();
      const told = servicesTold;
      if (project === undefined) return null;
      const list = await client.call('services.list', { project: project.id }).catch(() => null);
      if (told === servicesTold && current()?.id === project.id) return list;
    }
    return null;
  }

  const subscription = services.events.subscribe((events) => events.forEach((one) => onEvent(one.event)));
  void (async () => {
    const [engine, projects, alerts, runtime] = await Promise.all([
      client.call('engine.status', {}).catch(() => null),
      client.call('projects.list', {}).catch(() => []),
      client.call('alerts.list', {}).catch(() => []),
      client.call('runtime.status', {}).catch(() => null),
    ]);
    update({ engine, projects, alerts: alerts.filter(stands), runtime });
    await readServices();
    await validate();
    await readPending();
  })();

  return {
    state: () => state,
    chooseProject(id) {
      if (state.currentProjectId === id) return;
      update({ currentProjectId: id, recentProjectIds: [id, ...state.recentProjectIds.filter((one) => one !== id)], services: null, conflicts: null, pending: null, storage: null, workspaces: null, snapshots: null });
      void readServices().then(validate).then(readPending);
    },
    noteConflicts(projectId, conflicts) {
      if (current()?.id !== projectId) return;
      // What was asked before the page knew is out of date.
      checking += 1;
      update({ conflicts });
    },
    validate,
    dispose() {
      disposed = true;
      subscription.dispose();
    },
  };
}

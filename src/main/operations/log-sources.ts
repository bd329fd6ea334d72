import type { SequencedEvent } from '@shared/contract/events';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import type { Engine, EngineEvent, EngineState } from '@main/docker/types';
import type { EventStream } from './event-stream';
import type { EventLog, NewLogEntry } from './event-log-types';

/** Of the engine's events those that say what became of a container; a rename or an exec is no history, nor is a check that does not say what it found, which Podman tells of each. */
const CONTAINER_ACTION = /^(die|oom|start|stop|destroy|health_status(?=: ))(?:: (.+))?$/;
/** Operations whose end has been written are remembered this far back, since the last event of one may come twice. */
const ENDED_KEPT = 500;

type OperationView = Extract<SequencedEvent['event'], { type: 'operation.changed' }>['operation'];
interface KnownProject {
  readonly id: string;
  readonly name: string;
  readonly dir: string;
}

/** What the sources of the event log need from outside. */
export interface LogSourcesDependencies {
  readonly log: EventLog;
  readonly engine: Pick<Engine, 'state' | 'onStateChanged' | 'onEvent'>;
  readonly events: Pick<EventStream, 'subscribe'>;
  /** The opened projects: containers of others are none of the log's business. */
  readonly projects: () => Promise<readonly KnownProject[]>;
}

/** Writes into the event log what the engine, its containers and the operations do, until it is disposed. */
export async function followForLog(deps: LogSourcesDependencies): Promise<Disposable> {
  let projects = await deps.projects().catch(() => [] as readonly KnownProject[]);
  const operations = new OperationHistory(deps.log);
  const engine = new EngineHistory(deps.log);
  engine.note(deps.engine.state());
  const held = [
    deps.engine.onStateChanged((state) => engine.note(state)),
    deps.engine.onEvent((event) => noteContainer(deps.log, projects, event)),
    deps.events.subscribe((batch) => {
      for (const { event } of batch) {
        if (event.type === 'projects.changed') projects = event.projects;
        else if (event.type === 'operation.changed') operations.note(event.operation);
      }
    }),
  ];
  return toDisposable(() => held.forEach((one) => one.dispose()));
}

/** Lost is said only of an engine that was there, connected once each time it comes. */
class EngineHistory {
  private connected = false;

  constructor(private readonly log: EventLog) {}

  note(state: EngineState): void {
    if (state.state === 'connected' && !this.connected) this.log.add({ type: 'engine.connected', message: `Connected to Docker ${state.info.version} at ${state.info.endpoint.uri}.`, data: { endpoint: state.info.endpoint.uri, version: state.info.version } });
    if (state.state === 'unreachable' && this.connected) this.log.add({ type: 'engine.lost', severity: 'error', message: state.message });
    if (state.state !== 'connecting') this.connected = state.state === 'connected';
  }
}

function noteContainer(log: EventLog, projects: readonly KnownProject[], event: EngineEvent): void {
  if (event.type !== 'container') return;
  const [, action, detail] = CONTAINER_ACTION.exec(event.action) ?? [];
  if (action === undefined) return;
  const { attributes } = event;
  const project = projectOf(projects, attributes[COMPOSE_LABELS.project] ?? '', attributes[COMPOSE_LABELS.workingDir] ?? '');
  if (project === undefined) return;
  const name = attributes['name'] ?? event.id.slice(0, 12);
  const exitCode = attributes['exitCode'] === undefined ? undefined : Number(attributes['exitCode']);
  log.add({
    type: `container.${action}`,
    severity: action === 'oom' ? 'error' : action === 'die' && exitCode !== 0 ? 'warning' : detail === 'unhealthy' ? 'warning' : 'info',
    projectId: project.id,
    service: attributes[COMPOSE_LABELS.service] ?? null,
    message: `${name} ${SAYING[action]?.(exitCode, detail) ?? action}.`,
    data: { containerId: event.id, name, exitCode, health: detail, engineTimeNano: String(event.timeNano) },
  });
}

const SAYING: { readonly [action: string]: (exitCode: number | undefined, detail: string | undefined) => string } = {
  die: (exitCode) => (exitCode === undefined ? 'ended' : `ended with ${String(exitCode)}`),
  oom: () => 'ran out of memory',
  start: () => 'started',
  stop: () => 'was stopped',
  destroy: () => 'was removed',
  health_status: (_exitCode, detail) => `is ${detail ?? 'checked'}`,
};

/** Two opened folders may have one compose name; the folder in the label decides. */
function projectOf(projects: readonly KnownProject[], name: string, workingDir: string): KnownProject | undefined {
  const named = name === '' ? [] : projects.filter((one) => one.name === name);
  return named.find((one) => workingDir === one.dir || workingDir.startsWith(`${one.dir}/`)) ?? named[0];
}

/** One start, each step once, one end per operation and try, tied together by the operation's id. */
class OperationHistory {
  private readonly open = new Map<string, { attempt: number; message: string }>();
  private readonly ended = new Set<string>();

  constructor(private readonly log: EventLog) {}

  note(operation: OperationView): void {
    const run = `${operation.id} ${String(operation.attempt)}`;
    if (operation.startedAt === null && !isFinal(operation)) return;
    if (this.ended.has(run)) return;
    let known = this.open.get(operation.id);
    if (known?.attempt !== operation.attempt) {
      known = { attempt: operation.attempt, message: '' };
      this.open.set(operation.id, known);
      this.add(operation, { type: 'operation.started', message: operation.attempt > 1 ? `${operation.title}: try ${String(operation.attempt)}.` : `${operation.title} began.`, data: { kind: operation.kind, origin: operation.origin, attempt: operation.attempt } });
    }
    const { message, step, of } = operation.progress;
    if (message !== known.message && message !== '') {
      known.message = message;
      this.add(operation, { type: 'operation.progress', message: `${operation.title}: ${message}`, data: { kind: operation.kind, step, of } });
    }
    if (isFinal(operation)) this.end(operation, run);
  }

  private end(operation: OperationView, run: string): void {
    this.open.delete(operation.id);
    this.ended.add(run);
    for (const old of this.ended.size > ENDED_KEPT ? [...this.ended].slice(0, ENDED_KEPT / 2) : []) this.ended.delete(old);
    const good = operation.state === 'succeeded' || operation.state === 'cancelled';
    this.add(operation, {
      type: 'operation.ended',
      severity: good ? 'info' : operation.state === 'needs-attention' ? 'error' : 'warning',
      message: `${operation.title}: ${ENDED_WORDS[operation.state] ?? operation.state}.${operation.error === null ? '' : ` ${operation.error.message}`}`,
      data: { kind: operation.kind, state: operation.state, code: operation.error?.code ?? null, attempt: operation.attempt },
    });
  }

  private add(operation: OperationView, entry: NewLogEntry): void {
    this.log.add({ ...entry, projectId: operation.projectId, correlationId: operation.id });
  }
}

const ENDED_WORDS: { readonly [state: string]: string } = { succeeded: 'done', failed: 'failed', 'rolled-back': 'failed and was undone', cancelled: 'was cancelled', 'needs-attention': 'needs attention' };

function isFinal(operation: OperationView): boolean {
  return FINAL_STATES.includes(operation.state);
}

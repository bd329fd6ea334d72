import type { OutputOf } from '@shared/contract/contract';

export type RuntimeStatus = OutputOf<'runtime.status'>;
export type ComponentName = RuntimeStatus['components'][number]['name'];
export type ComponentState = RuntimeStatus['components'][number]['state'];

/** One of the four parts of the process. Whoever implements one hands it to the runtime; the runtime never reaches inside. */
export interface RuntimeComponent {
  readonly name: ComponentName;
  state(): ComponentState;
  /** ISO; null before the first time. */
  lastTickAt(): string | null;
  counters(): { readonly [name: string]: number };
  /** One sentence. */
  detail(): string;
  /** Idempotent. Ends no work that is under way. */
  pause(): void;
  resume(): void;
}

/** A step of the process's life: started in order, stopped in reverse (S1.5). */
export interface LifespanStep {
  readonly name: 'store' | 'engine' | 'events' | 'api' | 'worker' | 'reconcilers' | 'scheduler';
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Without it nothing is worth going on: its failure ends the start. */
  readonly required?: boolean | undefined;
  /** A step that may go on by itself after its timeout (the engine is away) resolves later; the next steps do not wait. */
  start(): Promise<string | void>;
  stop(): Promise<void>;
}

/** Durations and counts of work, for the runtime page and /metrics. */
export interface Metrics {
  /** One piece of work of this name took so long: 'operation modes.switch', 'status pass', 'drift pass', 'checks', 'api drift.list'. */
  observe(name: string, durationMs: number, failed?: boolean): void;
  count(name: string, by?: number): void;
  gauge(name: string, value: number): void;
  /** `sumsMs`: all durations of a name added up, which the percentiles do not tell. */
  snapshot(): OutputOf<'runtime.metrics'> & { readonly gauges: { readonly [name: string]: number }; readonly sumsMs: { readonly [name: string]: number } };
  /** Times a piece of work; a rejection counts as failed and passes on. */
  time<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Times work nobody waits for. After 30 s it is given up: rejects with the reason, while what hangs is let go on. */
  background<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** What the door of the local API hands in once it listens: the API is opened at its place in the order of the start, without anybody below knowing it. */
export interface AttachedApi {
  /** The API server itself; it answers calls about the runtime also while it is paused. */
  readonly component: RuntimeComponent;
  /** Where it listens on 127.0.0.1. */
  tcp(): RuntimeStatus['api']['tcp'];
  rotateToken(): Promise<{ tokenFile: string }>;
  close(graceMs: number): Promise<void>;
}

/** Opens the local API. Called at the step `api`. */
export type ApiStarter = () => Promise<AttachedApi>;

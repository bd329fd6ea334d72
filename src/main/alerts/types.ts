import type { OutputOf } from '@shared/contract/contract';

export type Alert = OutputOf<'alerts.list'>[number];

/** What is said when something needs a look. */
export interface AlertCause {
  /** For example CRASH-LOOP, NEEDS-ATTENTION, MOUNT-GONE, SERVICE-UNHEALTHY, TASK-SLOW, API-PORT-TAKEN. */
  readonly code: string;
  /** What it is about, beside project and service: a path, a task. Part of the identity. */
  readonly object: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly projectId: string | null;
  readonly service: string | null;
  readonly message: string;
  readonly hint: string;
}

/** What needs somebody to look. Raised once while its cause stands, however often it is seen; kept over restarts. */
export interface Alerts {
  /** Raising one that stands already only counts; nobody is told again. */
  raise(cause: AlertCause): Promise<Alert>;
  /** Its cause is gone. Nothing happens when it does not stand. */
  clear(cause: Pick<AlertCause, 'code' | 'object' | 'projectId' | 'service'>): Promise<void>;
  /** Of one project (null: of none) and all codes beginning so, exactly these stand: the missing are raised, the others cleared. */
  settle(codePrefix: string, projectId: string | null, causes: readonly AlertCause[]): Promise<void>;
  /** Those that stand and were not put away, newest first; with `cleared` the ended ones too. */
  list(cleared?: boolean): readonly Alert[];
  dismiss(id: string): Promise<void>;
}

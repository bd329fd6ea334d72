import type { BerthEvent, SequencedEvent } from '@shared/contract/events';
import type { ComposeService, HashDialect } from '@shared/domain/compose/model';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { Alerts } from '@main/alerts/types';
import type { Engine } from '@main/docker/types';
import type { EventLog } from '@main/operations/event-log-types';
import type { Operations } from '@main/operations/types';
import type { Logger, Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { Settings } from '@main/settings/types';
import type { ContainerEnds } from './container-ends';
import type { ServiceRemaker } from './types';

/** What finding and healing drift needs from outside. */
export interface ReconcileDependencies {
  readonly engine: Engine;
  readonly projects: Projects;
  readonly operations: Pick<Operations, 'enqueue' | 'list'>;
  readonly store: Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord' | 'listRecords' | 'journal'>;
  readonly settings: Pick<Settings, 'get' | 'onChanged'>;
  readonly alerts: Pick<Alerts, 'raise' | 'clear'>;
  readonly eventLog: Pick<EventLog, 'add'>;
  readonly events: { publish(event: BerthEvent): void; on(listener: (event: SequencedEvent) => void): Disposable };
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  readonly remaker: ServiceRemaker;
  readonly ends: Pick<ContainerEnds, 'after'>;
  /** The config hash of a service definition, for those whose namespaces refer to other containers. */
  readonly hashService: (service: ComposeService, dialect: HashDialect) => string;
  readonly timed: TimedWork;
  /** The value of an environment variable as it may be shown. */
  readonly mask: (name: string, value: string) => string;
}

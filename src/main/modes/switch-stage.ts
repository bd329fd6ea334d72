import type { ComposeService } from '@shared/domain/compose/model';
import type { OperationContext } from '@main/operations/types';
import type { ContainerWatch } from './container-watch';
import type { Planned } from './service';
import type { ModesDependencies } from './types';

/** What every stage of one switch shares. Its engine acts on behalf of the project. */
export interface SwitchRun {
  readonly deps: ModesDependencies;
  readonly context: OperationContext;
  readonly planned: Planned;
  readonly watch: ContainerWatch;
  /** Monotonic time at which the operation began. */
  readonly beganAt: number;
  status(service: string, word: string): void;
  say(message: string): void;
  /** `Building web, step 3 of 7: …`, and beside the service without its name. */
  detail(service: string, doing: string, text: string): void;
}

/** The definition of a service of the target mode; a step of one always has it. */
export function definitionOf(run: SwitchRun, service: string): ComposeService {
  const definition = run.planned.input.compose.model.services[service];
  if (definition === undefined) throw new Error(`no service ${service} in ${run.planned.input.mode}`);
  return definition;
}

import type { ComposeService } from '@shared/domain/compose/model';
import type { OperationContext } from '@main/operations/types';
import type { AppError, Where } from '@shared/kernel/app-error';
import { refusedKey } from '@shared/domain/modes/refused-key';
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

/** Where the files say what the engine refused of a service; the service itself where its words do not tell. `known`: the key that was being followed. */
export function placeOfRefusal(run: SwitchRun, service: string, error: AppError, known?: keyof ComposeService): Where | undefined {
  if (known === undefined && error.code !== 'engine-refused' && error.code !== 'not-found') return undefined;
  const { compose } = run.planned.input;
  const definition = compose.model.services[service];
  const key = known ?? (definition === undefined ? undefined : refusedKey(error.message, definition));
  return (key === undefined ? undefined : compose.locate(['services', service, key])) ?? compose.locate(['services', service]);
}

/** The definition of a service of the target mode; a step of one always has it. */
export function definitionOf(run: SwitchRun, service: string): ComposeService {
  const definition = run.planned.input.compose.model.services[service];
  if (definition === undefined) throw new Error(`no service ${service} in ${run.planned.input.mode}`);
  return definition;
}

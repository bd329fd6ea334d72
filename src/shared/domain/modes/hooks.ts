import { HASH_DIALECTS, type ComposeService, type LoadedCompose } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';

/** When a command of the file runs in a container: right after its start, or right before it is asked to stop. */
export type HookMoment = 'post_start' | 'pre_stop';

/** A command of the file around start or stop. */
export interface ServiceHook {
  readonly command: readonly string[];
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  /** NAME=value. */
  readonly environment: readonly string[];
  readonly privileged: boolean;
}

type HookNode = { readonly command?: unknown; readonly user?: unknown; readonly working_dir?: unknown; readonly environment?: unknown; readonly privileged?: unknown };

/** The hooks of a service definition, in the order of the file. */
export function hooksOf(definition: Pick<ComposeService, HookMoment>, moment: HookMoment): readonly ServiceHook[] {
  return (definition[moment] ?? []).map(hookOf);
}

/** Reads one command of the file, as hooks and `develop.watch` have it. */
export function hookOf(value: unknown): ServiceHook {
  const node = (value ?? {}) as HookNode;
  return {
    command: Array.isArray(node.command) ? node.command.map(String) : [],
    ...(typeof node.user === 'string' ? { user: node.user } : {}),
    ...(typeof node.working_dir === 'string' ? { workingDir: node.working_dir } : {}),
    environment: pairs(node.environment),
    privileged: node.privileged === true,
  };
}

/** The hooks a container was made with: by the mode whose definition it carries, else by any that has the service. */
export function hooksOfContainer(loaded: { readonly [mode: string]: LoadedCompose }, container: Pick<ObservedContainer, 'service' | 'configHash'>, moment: HookMoment): readonly ServiceHook[] {
  const having = Object.values(loaded).filter((one) => one.model.services[container.service] !== undefined);
  const made = having.find((one) => HASH_DIALECTS.some((dialect) => one.hashes[container.service]?.[dialect] === container.configHash)) ?? having[0];
  const definition = made?.model.services[container.service];
  return definition === undefined ? [] : hooksOf(definition, moment);
}

function pairs(environment: unknown): readonly string[] {
  if (Array.isArray(environment)) return environment.map(String).filter((one) => one.includes('='));
  if (typeof environment !== 'object' || environment === null) return [];
  return Object.entries(environment).flatMap(([name, value]) => (value === null || value === undefined ? [] : [`${name}=${String(value)}`]));
}

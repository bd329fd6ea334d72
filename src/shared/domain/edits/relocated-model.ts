import type { ComposeModel } from '../compose/model';
import { movedTarget, type Relocation } from './relocate';
import { resolveFrom } from './paths';

/** Values that are no paths of the host, whatever they look like. */
const NO_PATHS = new Set(['environment', 'labels', 'command', 'entrypoint', 'annotations', 'healthcheck', 'target', 'args', 'working_dir', 'tmpfs']);

/** What the model must be afterwards: each moved path in its new place, and nothing else. */
export function relocatedModel(model: ComposeModel, moved: (path: string) => string | undefined, targets: Relocation | null): unknown {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return moved(value) ?? value;
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const map = value as { readonly [key: string]: unknown };
    const isMovedMount = map['type'] === 'bind' && typeof map['source'] === 'string' && moved(map['source']) !== undefined;
    return Object.fromEntries(Object.entries(map).map(([key, one]) => [key, key === 'target' && isMovedMount && typeof one === 'string' ? movedTarget(one, targets) : NO_PATHS.has(key) ? one : walk(one)]));
  };
  return walk(withWholeDockerfiles(model));
}

/** A Dockerfile is named from its context: as a whole path it can be compared. */
export function withWholeDockerfiles(model: ComposeModel): ComposeModel {
  const services = Object.entries(model.services).map(([name, service]) => {
    const { build } = service;
    if (build?.context === undefined || build.dockerfile === undefined || build.context.includes('://')) return [name, service] as const;
    return [name, { ...service, build: { ...build, dockerfile: resolveFrom(build.context, build.dockerfile) } }] as const;
  });
  return { ...model, services: Object.fromEntries(services) };
}

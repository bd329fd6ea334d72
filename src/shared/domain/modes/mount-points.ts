import { isWithin } from '../checks/host-path';
import type { ComposeModel, ComposeService } from '../compose/model';

interface Mounted {
  readonly target: string;
  /** Only of a bind. */
  readonly source: string | undefined;
}

function partsOf(path: string): readonly string[] {
  return path.split(/[\\/]+/).filter((part) => part !== '');
}

/** Everything that is mounted into a service, by its path in the container. */
function mountedIn(service: ComposeService): readonly Mounted[] {
  const objects = [...(service.secrets ?? []).map((one) => one.target ?? `/run/secrets/${one.source}`), ...(service.configs ?? []).map((one) => one.target ?? `/${one.source}`)];
  return [
    ...(service.volumes ?? []).map(({ type, source, target }) => ({ target, source: type === 'bind' ? source : undefined })),
    ...(service.tmpfs ?? []).map((one) => ({ target: one.split(':')[0] ?? '', source: undefined })),
    ...objects.filter((target) => target.startsWith('/')).map((target) => ({ target, source: undefined })),
  ];
}

/**
 * Where an engine makes empty folders and files on the host because something is mounted below a bind: `./api:/app` and a
 * volume at `/app/node_modules` make `./api/node_modules`. Absolute, with the folders on the way to each.
 */
export function mountPointsBelowBinds(models: readonly ComposeModel[]): readonly string[] {
  const found = new Set<string>();
  for (const service of models.flatMap((model) => Object.values(model.services))) {
    const mounted = mountedIn(service);
    for (const { target } of mounted) {
      // The innermost of what is mounted above decides where the mount point lies.
      const above = mounted.filter((one) => partsOf(one.target).length < partsOf(target).length && isWithin(one.target, target)).sort((a, b) => partsOf(b.target).length - partsOf(a.target).length)[0];
      if (above?.source === undefined) continue;
      let path = above.source.replace(/[\\/]+$/, '');
      for (const part of partsOf(target).slice(partsOf(above.target).length)) found.add((path = `${path}/${part}`));
    }
  }
  return [...found];
}

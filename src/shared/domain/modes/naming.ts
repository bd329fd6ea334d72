import type { ComposeModel, ComposeService } from '../compose/model';

/** Prefix of every label Berth adds of its own (docker compose ignores them). */
export const BERTH_LABEL = {
  transaction: 'dev.berth.tx',
  mode: 'dev.berth.mode',
  build: 'dev.berth.build',
  /** Names of anonymous volumes a container inherited, comma separated: they must go with it, though the engine counts them as named. */
  anonymous: 'dev.berth.anon',
} as const;

/** Final container name: `container_name`, or `<project>-<service>-<n>`. */
export function containerName(project: string, service: string, definition: Pick<ComposeService, 'container_name'>, number: number): string {
  return definition.container_name ?? `${project}-${service}-${String(number)}`;
}

/** Name of a new container until the old one is gone: as compose names it during a recreate. */
export function temporaryName(oldId: string, finalName: string): string {
  return `${oldId.slice(0, 12)}_${finalName}`;
}

/** The reference docker compose resolves for a service: `image:` or `<project>-<service>`. */
export function canonicalImage(project: string, service: string, definition: Pick<ComposeService, 'image'>): string {
  return definition.image ?? `${project}-${service}`;
}

/** The reference a mode's build is kept under, so that dev and prod builds never overwrite each other. */
export function modeImage(project: string, service: string, mode: string): string {
  const tag = `berth-${mode.replace(/[^A-Za-z0-9_.-]/g, '-')}`.slice(0, 128);
  return `${project}-${service}:${tag}`;
}

/** How many containers a service shall have. */
export function scaleOf(service: Pick<ComposeService, 'scale' | 'deploy'>): number {
  return service.deploy?.replicas ?? service.scale ?? 1;
}

/** Every image reference worth asking the engine about when planning a switch to any of these modes. */
export function imageReferences(model: ComposeModel, modes: readonly string[]): readonly string[] {
  const references = new Set<string>();
  for (const [name, service] of Object.entries(model.services)) {
    references.add(canonicalImage(model.name, name, service));
    if (service.build !== undefined) for (const mode of modes) references.add(modeImage(model.name, name, mode));
  }
  return [...references];
}

/** A volume the engine named itself. */
export function isAnonymousVolume(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

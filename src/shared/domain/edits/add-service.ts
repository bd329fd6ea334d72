import { splitColons } from '../checks/compose-edit';
import { editYaml, type YamlEdit, type YamlEditOutcome } from '../yaml/edit-yaml';
import type { YamlValue } from '../yaml/write-yaml';
import { pairAt } from '../yaml/yaml-places';

/** A service as somebody asks for it. */
export interface NewService {
  readonly name: string;
  readonly image: string | null;
  /** As it is written into the file. */
  readonly context: string | null;
  readonly dockerfile: string | null;
  readonly containerName: string | null;
  readonly ports: readonly string[];
  /** Short forms, `source:target[:ro]`: of folders and files of this machine, and of volumes. */
  readonly mounts: readonly string[];
  readonly networks: readonly string[];
  readonly dependsOn: readonly string[];
}

/** A mode and its compose files that can be changed, in their order. */
export interface ModeFiles {
  readonly mode: string;
  readonly files: readonly string[];
}

/** In which files a new service is written, and which of them gets its mounts. */
export type ServicePlaces = { readonly whole: readonly string[]; readonly mounts: string } | { readonly refused: string };

/**
 * Where a service goes so that every mode has it once and one of them its mounts: into the first file of each mode; where
 * the mode with the mounts shares that file with another, the mounts go into its own last file.
 */
export function placesOf(modes: readonly ModeFiles[], live: string): ServicePlaces {
  const own = modes.find((one) => one.mode === live)?.files ?? [];
  const others = modes.filter((one) => one.mode !== live);
  const first = own[0];
  if (first === undefined) return { refused: `${live} has no compose file inside the project that can be changed.` };
  const shared = own.find((file) => others.some((one) => one.files.includes(file)));
  const whole = [shared ?? first];
  for (const { mode, files } of others) {
    if (files.some((file) => whole.includes(file))) continue;
    const file = files.find((one) => !own.includes(one));
    if (file === undefined) return { refused: `${mode} has no compose file of its own beside those of ${live}.` };
    whole.push(file);
  }
  if (shared === undefined) return { whole, mounts: first };
  const alone = own.findLast((file) => others.every((one) => !one.files.includes(file)));
  return alone === undefined ? { refused: `Every file of ${live} is part of another mode, too: mounts written there would be mounted in both.` } : { whole, mounts: alone };
}

/** Mounts of this machine's folders and files; what is left are volumes, with and without a name. */
export function liveMounts(mounts: readonly string[]): readonly string[] {
  return mounts.filter((one) => splitColons(one).length > 1 && /^(\.|\/|~|[A-Za-z]:[\\/])/.test(one));
}

/** The names of the volumes among mounts. */
export function volumeNames(mounts: readonly string[]): readonly string[] {
  const live = liveMounts(mounts);
  return [...new Set(mounts.flatMap((one) => (live.includes(one) || splitColons(one).length < 2 ? [] : splitColons(one).slice(0, 1))))];
}

/** Writes the service into a file: all of it, or only its mounts into the file of a mode that has the rest from another. */
export function addService(text: string, service: NewService, part: { readonly kind: 'whole'; readonly withMounts: boolean } | { readonly kind: 'mounts' }): YamlEditOutcome {
  const live = liveMounts(service.mounts);
  if (part.kind === 'mounts') return live.length === 0 ? { kind: 'edited', text } : editYaml(text, [{ kind: 'set', path: ['services', service.name], value: { volumes: live }, listed: true }]);
  const mounts = part.withMounts ? service.mounts : service.mounts.filter((one) => !live.includes(one));
  const edits: YamlEdit[] = [{ kind: 'set', path: ['services', service.name], value: blockOf(service, mounts), listed: true }];
  for (const name of volumeNames(mounts)) if (pairAt(text, ['volumes', name]) === undefined) edits.push({ kind: 'set', path: ['volumes', name], value: null });
  return editYaml(text, edits);
}

/** The entry as it is usually written: where it comes from, its name, then what it has. */
function blockOf(service: NewService, mounts: readonly string[]): { readonly [key: string]: YamlValue } {
  const build = service.context === null ? null : { context: service.context, ...(service.dockerfile === null ? {} : { dockerfile: service.dockerfile }) };
  const lists = { ports: service.ports, volumes: mounts, networks: service.networks, depends_on: service.dependsOn };
  return {
    ...(build === null ? {} : { build }),
    ...(service.image === null ? {} : { image: service.image }),
    ...(service.containerName === null ? {} : { container_name: service.containerName }),
    ...Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)),
  };
}

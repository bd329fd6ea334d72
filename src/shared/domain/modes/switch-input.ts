import type { ComposeService, HashDialect, LoadedCompose } from '../compose/model';
import type { ObservedProject } from '../engine/observed';
import type { ModeDefinition } from '../projects/project';
import type { JsonObject } from '../../kernel/json';
import type { HostCapacity } from '../services/presets';
import type { ModeFingerprints } from './active-mode';
import { HASH_DIALECTS } from '../compose/model';

/** A switch that mends instead of changing the mode: what is left alone stays as it is, stopped or missing included. */
export interface SwitchScope {
  /** The services that may be created, started, made anew or removed. */
  readonly services: ReadonlySet<string>;
  /** Those whose containers are made anew whatever their hash says. */
  readonly recreate: ReadonlySet<string>;
  /** Ids of images that services run from whatever they are built from now; the mode's names lead to them already. */
  readonly images?: { readonly [service: string]: string } | undefined;
  /** How many containers of a service there shall be, whatever the file says; 0: all of them go, also those that no mode knows. */
  readonly counts?: { readonly [service: string]: number } | undefined;
}

/** Images that are made anew although nothing they are built from has changed; their containers follow. */
export interface Rebuild {
  readonly services: ReadonlySet<string>;
  readonly noCache: boolean;
  /** Looks for newer base images. */
  readonly pull: boolean;
}

/** Everything a switch is decided from. Plain data: deciding has no I/O. */
export interface SwitchInput {
  /** Healing: only these services are touched; undefined = all. */
  readonly scope?: SwitchScope | undefined;
  readonly rebuild?: Rebuild | undefined;
  readonly projectId: string;
  /** For what goes by age (pull policies); without it nothing is too old. */
  readonly nowMs?: number | undefined;
  /** The mode to switch to. */
  readonly mode: string;
  readonly modes: readonly ModeDefinition[];
  readonly compose: LoadedCompose;
  /** Every mode of the project that loads, the target included, by name. */
  readonly loaded: { readonly [mode: string]: LoadedCompose };
  readonly observed: ObservedProject;
  /** Per built service the fingerprint of what it is built from; absent or empty: not known, so it is built. */
  readonly buildFingerprints: { readonly [service: string]: string };
  /** What images of docker compose's were built from, by image id: they carry no fingerprint. */
  readonly knownBuilds?: { readonly [imageId: string]: string } | undefined;
  /** Whole inspects of containers whose definition no mode of the project has any more, by container id: what they were made from can only be asked of them. */
  readonly raw?: { readonly [containerId: string]: JsonObject } | undefined;
  /** What the engine's machine has: containers are made with no more than that. */
  readonly host?: HostCapacity | undefined;
  /** Image ids once they are built or pulled; then they win over what was observed. */
  readonly resolvedImages?: { readonly [service: string]: string } | undefined;
  /** Containers that were stopped on purpose: not taken for jobs that are done. */
  readonly stoppedOnPurpose?: ReadonlySet<string> | undefined;
  /** The config hash of a service definition; needed where namespaces of other services are part of it. */
  readonly hashService?: ((service: ComposeService, dialect: HashDialect) => string) | undefined;
}

/** The hashes each mode's services may carry, for reading which mode runs. */
export function fingerprintsOf(loaded: { readonly [mode: string]: LoadedCompose }): ModeFingerprints {
  const known: { [mode: string]: { [service: string]: readonly string[] } } = {};
  for (const [mode, compose] of Object.entries(loaded)) {
    const services: { [service: string]: readonly string[] } = {};
    for (const service of Object.keys(compose.model.services)) services[service] = HASH_DIALECTS.map((dialect) => compose.hashes[service]?.[dialect] ?? '');
    known[mode] = services;
  }
  return known;
}

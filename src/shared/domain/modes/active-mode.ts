import type { ContainerState, ObservedContainer } from '../engine/observed';
import type { ModeDefinition } from '../projects/project';

/**
 * What each loadable mode declares: per service every config hash (all dialects) its containers may carry.
 * Needed because a service that two modes declare alike is not touched by a switch and so keeps the labels
 * of the mode that made it.
 */
export interface ModeFingerprints {
  readonly [mode: string]: { readonly [service: string]: readonly string[] };
}

const ALIVE: ReadonlySet<ContainerState> = new Set<ContainerState>(['running', 'paused', 'restarting']);

/** True when the container holds a process (running, paused or between restarts). */
export function isAlive(container: Pick<ObservedContainer, 'state'>): boolean {
  return ALIVE.has(container.state);
}

/** The absolute compose files of a mode, as compose writes them into the config_files label. */
export function modeFiles(dir: string, mode: Pick<ModeDefinition, 'files'>): readonly string[] {
  return mode.files.map((file) => absoluteFile(dir, file));
}

/** The mode whose files made the container, by its config_files label; null when no mode has exactly these files. */
export function modeOfContainer(modes: readonly ModeDefinition[], dir: string, container: Pick<ObservedContainer, 'configFiles'>): string | null {
  const label = container.configFiles.map(comparable).join(',');
  if (label === '') return null;
  return modes.find((mode) => modeFiles(dir, mode).map(comparable).join(',') === label)?.name ?? null;
}

/** True when the container's compose labels say that it was made from this folder (or do not say from where). */
export function isOfFolder(dir: string, container: Pick<ObservedContainer, 'workingDir'>): boolean {
  return container.workingDir === '' || comparable(container.workingDir) === comparable(dir);
}

/**
 * The mode that runs: a name, 'mixed', or null when nothing runs. Each running container votes for the mode of
 * its config_files label and for every mode that declares it with the same hash; the mode all agree on wins. Where
 * several do, a mode whose services are all there goes first, then the one of the newest container.
 * One-offs, containers of another folder and services that no mode knows do not vote.
 */
export function activeMode(
  modes: readonly ModeDefinition[],
  dir: string,
  containers: readonly ObservedContainer[],
  known: ModeFingerprints = {},
): string | 'mixed' | null {
  const own = containers.filter((one) => !one.oneOff && isOfFolder(dir, one));
  const votes = own
    .filter(isAlive)
    .map((container) => ({ container, label: modeOfContainer(modes, dir, container), candidates: candidatesOf(modes, dir, container, known) }))
    .filter(({ candidates, container }) => candidates.size > 0 || isDeclared(known, container.service) || Object.keys(known).length === 0);
  if (votes.length === 0) return null;

  const agreed = modes.map((mode) => mode.name).filter((name) => votes.every(({ candidates }) => candidates.has(name)));
  if (agreed.length === 0) return 'mixed';
  if (agreed.length === 1) return agreed[0] ?? null;

  const present = new Set(own.map((one) => one.service));
  const complete = agreed.filter((name) => {
    const services = known[name];
    return services !== undefined && Object.keys(services).every((service) => present.has(service));
  });
  const best = complete.length > 0 ? complete : agreed;
  const byAge = [...votes].sort((a, b) => compareText(b.container.createdAt, a.container.createdAt));
  return byAge.find(({ label }) => label !== null && best.includes(label))?.label ?? best[0] ?? null;
}

function candidatesOf(modes: readonly ModeDefinition[], dir: string, container: ObservedContainer, known: ModeFingerprints): ReadonlySet<string> {
  const candidates = new Set<string>();
  const label = modeOfContainer(modes, dir, container);
  if (label !== null) candidates.add(label);
  for (const mode of modes) {
    if (ownValue(ownValue(known, mode.name), container.service)?.includes(container.configHash) === true) candidates.add(mode.name);
  }
  return candidates;
}

function isDeclared(known: ModeFingerprints, service: string): boolean {
  return Object.values(known).some((services) => ownValue(services, service) !== undefined);
}

function ownValue<T>(map: { readonly [key: string]: T } | undefined, key: string): T | undefined {
  return map !== undefined && Object.prototype.hasOwnProperty.call(map, key) ? map[key] : undefined;
}

/** Byte-wise order, equal on every machine (localeCompare is not). */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function absoluteFile(dir: string, file: string): string {
  const joined = /^([a-zA-Z]:)?[\\/]/.test(file) ? file : `${dir}/${file}`;
  const windows = /^[a-zA-Z]:/.test(joined);
  const parts: string[] = [];
  for (const part of joined.split(windows ? /[\\/]/ : '/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (part === '..' && parts.length > 1) parts.pop();
    else parts.push(part);
  }
  return parts.join(windows ? '\\' : '/');
}

/** Windows drives are compared without case and with one kind of slash. */
function comparable(path: string): string {
  const trimmed = path.length > 1 ? path.replace(/[\\/]+$/, '') : path;
  return /^[a-zA-Z]:/.test(trimmed) ? trimmed.replace(/\\/g, '/').toLowerCase() : trimmed;
}

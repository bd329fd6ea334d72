import type { ComposeService, LoadedCompose } from '../compose/model';
import type { ObservedContainer, ObservedImage } from '../engine/observed';
import type { ModeDefinition } from '../projects/project';
import { isAlive, isOfFolder, modeOfContainer } from '../modes/active-mode';
import type { HostCapacity } from '../services/presets';
import { isDeclaredJob, looksLikeJob } from '../modes/decide-switch';
import { resolveParents, sharedContainer } from '../modes/dependency-order';
import { lostNamespace } from '../modes/lost-namespaces';
import { fieldDrifts, wantedContainer, type FieldDrift } from '../modes/field-drifts';
import { scaleOf } from '../modes/naming';
import { textHash } from '../../kernel/text-hash';
import type { JsonObject } from '../../kernel/json';
import type { EndedHow, KnownEnds } from './known-ends';
import { crashes, duringAbsence, judgeEnd, judgeMissing, type ContainerHappening, type EngineAbsence, type Judgement } from './intent';

/** What is wanted of a service: it runs (when nothing is recorded); it was stopped on purpose; it did not run when the project was first seen, which says nothing. */
export type WantedRun = 'running' | 'stopped' | 'idle';

/** Everything a look for drift is made from. Plain data: no I/O, no clock. */
export interface DriftInput {
  readonly projectId: string;
  /** The mode that is wanted, and its model. */
  readonly mode: string;
  readonly compose: LoadedCompose;
  readonly modes: readonly ModeDefinition[];
  /** The mode that runs. */
  readonly active: string | null;
  readonly wantedRuns: { readonly [service: string]: WantedRun };
  /** How many containers of a service are wanted where that is not what the files say: it was scaled. */
  readonly wantedCounts?: { readonly [service: string]: number } | undefined;
  readonly containers: readonly ObservedContainer[];
  /** Whole inspects by container id. */
  readonly raw: { readonly [id: string]: JsonObject };
  readonly images: { readonly [reference: string]: ObservedImage | null };
  /** The config hashes a service's container may carry, its namespaces resolved. */
  readonly hashesOf: (service: string, resolved: ComposeService) => readonly string[];
  readonly happenings: readonly ContainerHappening[];
  /** How the last end of a container came about, as it was seen earlier. */
  readonly knownEnds: { readonly [containerId: string]: EndedHow };
  /** What earlier runs of services say of their nature. */
  readonly natures: KnownEnds['services'];
  readonly nowMs: number;
  /** Over how long ends by themselves are counted, to tell a crash loop from one crash. */
  readonly loopWindowMs: number;
  /** What the engine's machine has: containers are made with no more than that. */
  readonly host?: HostCapacity | undefined;
  /** When the engine was away lately. */
  readonly absences: readonly EngineAbsence[];
  /** The value of a variable as it may be shown. */
  readonly mask: (name: string, value: string) => string;
}

/** One field of one container, or of the project as a whole (`service` empty: the mode), that is not as wanted. */
export interface FoundDrift extends FieldDrift {
  readonly id: string;
  readonly service: string;
  /** 0 where no single container is meant. */
  readonly number: number;
  readonly containerId: string | null;
  readonly cause: 'crash' | 'intent' | 'files' | 'unknown';
  readonly why: string;
  /** Before this time its cause may still turn out to be intent. */
  readonly certainAtMs: number;
  /** It ended with the engine: bringing it back is no try at healing it. */
  readonly withEngine?: boolean;
  /** The container's own restart policy is at work, or has had its say: nothing to do for healing. */
  readonly restartsItself: boolean;
}

type Bare = Omit<FoundDrift, 'id' | 'service'>;

/** Compares what runs with what is wanted: one entry per field, with both values. Another mode that runs as a whole is one entry. */
export function findDrifts(input: DriftInput): readonly FoundDrift[] {
  const own = input.containers.filter((one) => !one.oneOff && isOfFolder(input.compose.projectDir, one) && one.state !== 'removing');
  const otherMode = modeDrift(input, own);
  if (otherMode !== null) return [otherMode];
  const services = Object.keys(input.compose.model.services);
  return [...services.flatMap((service) => serviceDrifts(input, own, service)), ...surplusDrifts(input, own, new Set(services))];
}

/** The id of a drift: the same for the same difference, in every process. */
export function driftId(projectId: string, service: string, drift: Pick<FoundDrift, 'number' | 'field' | 'desired' | 'actual'>): string {
  return `d_${textHash([projectId, service, String(drift.number), drift.field, drift.desired, drift.actual].join('\u0000'))}`;
}

function modeDrift(input: DriftInput, own: readonly ObservedContainer[]): FoundDrift | null {
  const { active, mode } = input;
  if (active === null || active === 'mixed' || active === mode) return null;
  const foreign = own.filter((one) => isAlive(one) && !belongs(input, own, one));
  if (foreign.length === 0) return null;
  const drift: Bare = { number: 0, containerId: null, field: 'mode', desired: mode, actual: active, cause: 'intent', why: `${active} was started outside of Berth.`, certainAtMs: input.nowMs, restartsItself: false };
  return named(input, '', drift);
}

function belongs(input: DriftInput, own: readonly ObservedContainer[], container: ObservedContainer): boolean {
  const definition = input.compose.model.services[container.service];
  return definition !== undefined && input.hashesOf(container.service, resolved(own, definition)).includes(container.configHash);
}

function serviceDrifts(input: DriftInput, own: readonly ObservedContainer[], service: string): readonly FoundDrift[] {
  const definition = input.compose.model.services[service] as ComposeService;
  const run = input.wantedRuns[service] ?? 'running';
  const present = own.filter((one) => one.service === service).sort((a, b) => a.number - b.number);
  const counted = input.wantedCounts?.[service];
  const scale = counted ?? Math.max(0, scaleOf(definition));
  const found: Bare[] = [];
  for (const one of present) found.push(...stateDrifts(input, definition, one, run), ...namespaceDrifts(input, own, definition, one), ...(run === 'running' || isAlive(one) ? shapeDrifts(input, own, definition, one) : []));
  if (run === 'running') for (let number = present.length + 1; number <= scale; number += 1) found.push(missing(input, service, scale === 1 ? 1 : number));
  if (present.length > scale) found.push({ number: 0, containerId: null, field: 'containers', desired: String(scale), actual: String(present.length), cause: 'intent', why: counted === undefined ? `${input.mode} runs ${String(scale)} of it.` : `It was scaled to ${String(scale)}.`, certainAtMs: input.nowMs, restartsItself: false });
  return found.map((one) => named(input, service, one));
}

function missing(input: DriftInput, service: string, number: number): Bare {
  return { number, containerId: null, field: 'state', desired: 'running', actual: 'missing', ...judgeMissing(service, input.happenings, input.nowMs), restartsItself: false };
}

function stateDrifts(input: DriftInput, definition: ComposeService, one: ObservedContainer, run: WantedRun): readonly Bare[] {
  const base = { number: one.number, containerId: one.id, certainAtMs: input.nowMs, restartsItself: isLeftToItsPolicy(one) };
  if (run === 'stopped') return isAlive(one) ? [{ ...base, field: 'state', desired: 'stopped', actual: one.state, cause: 'intent', why: 'Somebody started it.', restartsItself: false }] : [];
  if (run === 'idle') return [];
  if (one.state === 'paused') return [{ ...base, field: 'state', desired: 'running', actual: 'paused', cause: 'intent', why: 'Somebody paused it.' }];
  if (one.state === 'restarting') return [{ ...base, field: 'state', desired: 'running', actual: 'restarting', cause: 'crash', why: `It keeps ending (code ${String(one.exitCode)}) and is started again.` }];
  if (one.state === 'running') return one.health === 'unhealthy' ? [{ ...base, field: 'health', desired: 'healthy', actual: 'unhealthy', cause: 'crash', why: healthText(one), restartsItself: false }] : [];
  const judged = endOf(input, one);
  if (isDone(input, definition, one, judged)) return [];
  const actual = one.state === 'created' ? 'created' : `exited (${String(one.exitCode)})`;
  return [{ ...base, field: 'state', desired: 'running', actual, ...(one.state === 'created' ? { cause: 'unknown' as const, why: 'It was never started.' } : judged) }];
}

/** What it joined ended with the run of its owner, which was started anew without it. */
function namespaceDrifts(input: DriftInput, own: readonly ObservedContainer[], definition: ComposeService, one: ObservedContainer): readonly Bare[] {
  const lost = lostNamespace(own, definition, one);
  if (lost === null) return [];
  return [{ number: one.number, containerId: one.id, certainAtMs: input.nowMs, restartsItself: false, field: 'namespace', desired: `shared with ${lost}`, actual: `of an earlier run of ${lost}`, cause: 'unknown', why: `${lost} was started anew, and this was not started with it.` }];
}

/**
 * A container the engine brings back is `restarting` between its runs. One that rests in `exited` despite its policy was killed by
 * hand, which ends the engine's interest in it; or its policy has had its say: it ended well, or its tries are used up.
 */
function isLeftToItsPolicy({ state, exitCode, restartPolicy, restartCount }: ObservedContainer): boolean {
  if (state === 'restarting') return true;
  return restartPolicy.name === 'on-failure' && (exitCode === 0 || (restartPolicy.maximumRetryCount > 0 && restartCount >= restartPolicy.maximumRetryCount));
}

function endOf(input: DriftInput, one: ObservedContainer): Judgement {
  const endedWithEngine = duringAbsence(input.absences, Date.parse(one.finishedAt));
  const judged = judgeEnd({ containerId: one.id, exitCode: one.exitCode, startedMs: Date.parse(one.startedAt), oomKilled: one.oomKilled, endedWithEngine, knownHow: input.knownEnds[one.id] }, input.happenings, input.nowMs);
  const { count, loop } = crashes(one.service, input.happenings, input.nowMs, input.loopWindowMs, input.absences);
  return judged.cause === 'crash' && judged.withEngine !== true && loop ? { ...judged, why: `${judged.why} It is in a crash loop: ${String(count)} ends in ${String(Math.round(input.loopWindowMs / 1000))} s.` } : judged;
}

/**
 * A job that ended well is as wanted, unless somebody stopped it. What only looks like one did not end by itself when the engine
 * ended it; and when nobody saw the end, what has always run on is none.
 */
function isDone(input: DriftInput, definition: ComposeService, one: ObservedContainer, judged: Judgement): boolean {
  if (one.state !== 'exited' || one.exitCode !== 0) return false;
  if (isDeclaredJob(input.compose.model.services, one.service)) return true;
  if (!looksLikeJob(definition) || judged.cause === 'intent' || judged.withEngine === true) return false;
  return !(judged.unseen === true && input.natures[one.service] === 'lasting');
}

function shapeDrifts(input: DriftInput, own: readonly ObservedContainer[], definition: ComposeService, one: ObservedContainer): readonly Bare[] {
  const raw = input.raw[one.id];
  if (raw === undefined) return [];
  const full = resolved(own, definition);
  const hashes = input.hashesOf(one.service, full);
  const wanted = wantedContainer({ compose: input.compose, mode: input.mode, service: one.service, definition: full, number: one.number, hashes, images: input.images, host: input.host, mask: input.mask });
  const cause = causeOf(input, one, hashes);
  return fieldDrifts(wanted, raw).map((drift) => ({ ...drift, number: one.number, containerId: one.id, ...cause, certainAtMs: input.nowMs, restartsItself: false }));
}

function causeOf(input: DriftInput, one: ObservedContainer, hashes: readonly string[]): { readonly cause: FoundDrift['cause']; readonly why: string } {
  if (hashes.includes(one.configHash)) return { cause: 'unknown', why: 'It was changed by hand after it was created.' };
  const madeBy = modeOfContainer(input.modes, input.compose.projectDir, one);
  if (madeBy === input.mode) return { cause: 'files', why: 'The compose files changed since it was created.' };
  return { cause: 'intent', why: madeBy === null ? 'It was made from other files.' : `It was made by ${madeBy}, outside of Berth.` };
}

/** Services of another of the project's modes that run besides. */
function surplusDrifts(input: DriftInput, own: readonly ObservedContainer[], wanted: ReadonlySet<string>): readonly FoundDrift[] {
  return own
    .filter((one) => !wanted.has(one.service) && isAlive(one) && input.wantedRuns[one.service] !== 'running' && !input.compose.disabledServices.includes(one.service))
    .flatMap((one) => {
      const madeBy = modeOfContainer(input.modes, input.compose.projectDir, one);
      if (madeBy === null) return [];
      const drift: Bare = { number: one.number, containerId: one.id, field: 'state', desired: `not in ${input.mode}`, actual: one.state, cause: 'intent', why: `It was started from ${madeBy}.`, certainAtMs: input.nowMs, restartsItself: false };
      return [named(input, one.service, drift)];
    });
}

function resolved(own: readonly ObservedContainer[], definition: ComposeService): ComposeService {
  return resolveParents(definition, (name) => sharedContainer(own, name)?.id);
}

function healthText(one: ObservedContainer): string {
  const last = one.healthLog.at(-1)?.output.trim().split('\n').at(-1)?.slice(0, 120) ?? '';
  return last === '' ? 'Its health check fails.' : `Its health check fails: ${last}`;
}

function named(input: DriftInput, service: string, drift: Bare): FoundDrift {
  return { ...drift, id: driftId(input.projectId, service, drift), service };
}

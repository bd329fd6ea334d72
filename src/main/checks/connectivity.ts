import { planConnectivity, probedCell, type ConnectivityCell, type ConnectivityProbe } from '@shared/domain/checks/connectivity';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { ContainerPayload, Engine } from '@main/docker/types';
import type { EffectRecord } from '@main/operations/types';
import type { LoadedMode } from '@main/projects/types';

/** How long a port may take to answer; a lost packet looks like a closed port. */
const CONNECT_SECONDS = 2;
const PROJECT_LABEL = 'dev.berth.project';
const OPERATION_LABEL = 'dev.berth.op';

/** What a look needs of the operation it is part of. */
export interface ProbeContext {
  readonly operationId: string;
  readonly signal: AbortSignal;
  effect<R extends Json>(name: string, intent: JsonObject, act: () => Promise<R>): Promise<R>;
}

/** One running look: what is asked, through which engine, with which image. */
interface Look {
  readonly context: ProbeContext;
  readonly engine: Engine;
  readonly loaded: LoadedMode;
  readonly image: string;
}

/** Tries from inside each running service whether its dependencies answer. Probe containers are journaled and removed, whatever happens. */
export async function lookAtConnectivity(look: Omit<Look, 'image'>, observed: ObservedProject, only: readonly string[], helperImage: () => Promise<string>): Promise<readonly ConnectivityCell[]> {
  const { cells, probes } = planConnectivity(look.loaded.compose.model, observed, only);
  if (probes.length === 0) return cells;
  const image = await helperImage();
  const byService = new Map<string, ConnectivityProbe[]>();
  for (const probe of probes) byService.set(probe.from, [...(byService.get(probe.from) ?? []), probe]);
  const tried = await Promise.all([...byService].map(([service, own]) => probeFrom({ ...look, image }, service, own)));
  return [...cells, ...tried.flat()].sort((a, b) => a.from.localeCompare(b.from) || a.to.localeCompare(b.to) || a.port - b.port);
}

/** Every port at the same time, in one container that shares the network of the service. */
const SCRIPT = `
probe() { begin=$(cut -d' ' -f1 /proc/uptime); said=$(/bin/sh /bin/berth-helper connect "$2" "$3" ${String(CONNECT_SECONDS)}); end=$(cut -d' ' -f1 /proc/uptime); echo "$1 $said $begin $end"; }
index=0
while [ "$#" -gt 0 ]; do probe "$index" "$1" "$2" & index=$((index + 1)); shift 2; done
wait
`;

async function probeFrom(look: Look, service: string, probes: readonly ConnectivityProbe[]): Promise<readonly ConnectivityCell[]> {
  const { context, engine } = look;
  const name = `${look.loaded.compose.model.name}-${service}-probe-${context.operationId.slice(-8).toLowerCase()}`;
  const payload = payloadOf(look, probes);
  try {
    const id = await context.effect('probe.create', { service, name }, async () => (await engine.createContainer(name, payload)).id);
    await context.effect('probe.start', { service, id }, async () => (await engine.startContainer(id), null));
    await engine.waitContainer(id, context.signal);
    return cellsOf(probes, (await engine.logTail(id, probes.length * 2)).map((line) => line.text));
  } catch (error) {
    // It ended or was stopped between the look and the probe: that is an answer, not a failure.
    if (error instanceof AppError && /not running|no such container/i.test(`${error.message} ${String(error.cause ?? '')}`)) {
      return probes.map((probe) => ({ ...probedCell(probe, false, 0), state: 'not-running', detail: `${service} stopped while it was looked at.` }));
    }
    throw error;
  } finally {
    await removeProbe(engine, name);
  }
}

function payloadOf({ context, loaded, image }: Look, probes: readonly ConnectivityProbe[]): ContainerPayload {
  return {
    Image: image,
    Entrypoint: ['/bin/sh', '-c', SCRIPT, 'probe'],
    Cmd: probes.flatMap((probe) => [probe.host, String(probe.port)]),
    Labels: { [PROJECT_LABEL]: loaded.authorization.projectName, [OPERATION_LABEL]: context.operationId, [COMPOSE_LABELS.workingDir]: loaded.authorization.projectDir },
    HostConfig: { NetworkMode: `container:${probes[0]?.containerId ?? ''}`, ReadonlyRootfs: true, CapDrop: ['ALL'], LogConfig: { Type: 'json-file', Config: {} } },
  };
}

function cellsOf(probes: readonly ConnectivityProbe[], lines: readonly string[]): readonly ConnectivityCell[] {
  const answers = new Map(lines.map((line) => /^(\d+) (open|closed) ([\d.]+) ([\d.]+)/.exec(line)).flatMap((match) => (match === null ? [] : [[Number(match[1]), match] as const])));
  return probes.map((probe, index) => {
    const answer = answers.get(index);
    return probedCell(probe, answer?.[2] === 'open', answer === undefined ? 0 : Math.max(0, Math.round((Number(answer[4]) - Number(answer[3])) * 1000)));
  });
}

/** Gone already is fine. */
async function removeProbe(engine: Engine, name: string): Promise<void> {
  try {
    await engine.removeContainer(name, { force: true, anonymousVolumes: true });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error;
  }
}

/** After a crash: whatever probes the journal names are removed, started or not. */
export async function removeProbes(engine: Engine, records: readonly EffectRecord[]): Promise<void> {
  for (const record of records) if (record.name === 'probe.create') await removeProbe(engine, String(record.intent['name']));
}

import { homedir } from 'node:os';
import { join } from 'node:path';
import { imageCandidates, OWN_IMAGES, type StorageImageRole } from '@shared/domain/storage/image-candidates';
import type { Alerts } from '@main/alerts/types';
import { bundleList, bundleOperation, doctorFixOperation, diagnosticsHandlers, engineChoiceHandlers, gatherBundle, machineDoctor, startupReport, Updates, type BundleSources } from '@main/diagnostics';
import { engineHandlers, engineView } from '@main/diagnostics/engine-handlers';
import type { Handlers } from '@main/dispatch/types';
import { registrySecrets } from '@main/docker/registry-auth';
import type { EventLog } from '@main/operations/event-log-types';
import { hostInfo } from '@main/platform/host-info';
import { tailOf } from '@main/platform/log-tail';
import { runProgram } from '@main/platform/process';
import { smallDocument } from '@main/platform/small-document';
import { systemClock } from '@main/platform/system-clock';
import { readNamedText, writeNewText } from '@main/platform/text-archive';
import type { ProjectsService } from '@main/projects';
import type { Metrics, RuntimeStatus } from '@main/runtime/types';
import { settingsHandlers } from '@main/settings';
import type { Foundation } from './foundation';

/** What they need beside the foundation. */
export interface DiagnosticsParts {
  readonly foundation: Foundation;
  readonly version: string;
  readonly projects: Pick<ProjectsService, 'list' | 'loadModes'>;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly eventLog: EventLog;
  readonly runtime: () => RuntimeStatus;
  readonly lifespan: () => RuntimeStatus['lifespan'];
  readonly engineIsLocal: () => boolean;
}

type Names = 'doctor.run' | 'engine.status' | 'engine.connect' | 'engine.list' | 'engine.use' | 'settings.list' | 'settings.set' | 'settings.reset' | 'settings.export' | 'settings.import' | 'diagnostics.preview' | 'diagnostics.startup' | 'updates.check';

export interface WiredDiagnostics {
  readonly handlers: Pick<Handlers, Names>;
  readonly updates: Updates;
}

const LOG_BYTES = 512 * 1024;
const LAST_OPERATIONS = 100;
const LAST_EVENTS = 1_000;

/** The doctor, the choice of the engine, settings, newer versions, and what is told of Berth itself. */
export function wireDiagnostics(parts: DiagnosticsParts): WiredDiagnostics {
  const { foundation, version, alerts } = parts;
  const { engine, settings, operations, events, store, log } = foundation;
  const doctor = machineDoctor({
    engine,
    host: hostInfo(),
    stateDir: store.paths.home,
    engineIsLocal: parts.engineIsLocal,
    runProgram,
    version,
    api: () => parts.runtime().api,
    imageIsHere: (role) => imageIsHere(foundation, role),
  });
  operations.register(doctorFixOperation(doctor, (event) => events.publish(event)));
  const gather = (): ReturnType<typeof gatherBundle> => gatherBundle(bundleSources(parts, () => doctor.run()));
  operations.register(bundleOperation(gather, systemClock));
  const updates = new Updates({ version, settings, ask: smallDocument, alerts, clock: systemClock, log });
  return {
    updates,
    handlers: {
      ...diagnosticsHandlers(doctor),
      ...engineHandlers(engine),
      ...engineChoiceHandlers({ engine, settings, operations }),
      ...settingsHandlers(settings, { write: writeNewText, read: readNamedText }),
      'diagnostics.preview': async () => bundleList(await gather()),
      'diagnostics.startup': () => Promise.resolve(startupReport(parts.lifespan())),
      'updates.check': () => updates.check(),
    },
  };
}

async function imageIsHere({ engine }: Foundation, role: StorageImageRole): Promise<boolean> {
  const looked = await Promise.all([OWN_IMAGES[role].reference, ...imageCandidates(role).map((one) => one.reference)].map((reference) => engine.inspectImage(reference).catch(() => null)));
  return looked.some((image) => image !== null);
}

function bundleSources(parts: DiagnosticsParts, doctor: () => Promise<unknown>): BundleSources {
  const { foundation, version, projects, alerts, metrics, eventLog, runtime, lifespan } = parts;
  const { engine, settings, operations, store, redactor, log } = foundation;
  return {
    version,
    homeDir: homedir(),
    secrets: () => knownSecrets(foundation),
    redact: (text) => redactor.text(text),
    engine: async () => ({ status: engineView(engine.state()), places: await engine.places() }),
    settings: () => settings.list(),
    doctor,
    runtime,
    metrics: () => metrics.snapshot(),
    startup: () => startupReport(lifespan()),
    alerts: () => alerts.list(true),
    async logTail() {
      await log.flush();
      return tailOf(join(store.paths.logs, 'berth.log'), LOG_BYTES);
    },
    operations: () => operations.list({ limit: LAST_OPERATIONS }),
    journal: (id) => store.journal(id),
    operationLog: (id) => store.log(id),
    async events() {
      await eventLog.flush();
      return store.listLogEntries({ limit: LAST_EVENTS });
    },
    projects: () => projects.list(),
    loadModes: (id) => projects.loadModes(id),
  };
}

const TELLING = /pass|secret|token|key|credential|auth/i;

/** Credentials of the docker command, of Berth's own records and files, and of this process's environment. */
async function knownSecrets({ store }: Foundation): Promise<readonly string[]> {
  const [registries, records, token] = await Promise.all([registrySecrets({ env: process.env, homeDir: homedir() }), store.listRecords('secret'), tailOf(join(store.paths.home, 'api-token'), 1_024)]);
  const environment = Object.entries(process.env).flatMap(([name, value]) => (value !== undefined && TELLING.test(name) ? [value] : []));
  return [...registries, ...records.flatMap(({ data }) => textsIn(data)), token.trim(), ...environment];
}

/** Every text in it, however deep. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../kernel/error-codes';

/** Shapes that more than one entry uses. They describe the types of kernel/ and domain/ at run time. */

/** A project: its id (`p_…`) or, from the CLI and the API, the absolute path of its folder. */
export const projectRef = z.string().min(1).max(4096).describe('project id or folder');
export const modeName = z.string().min(1).max(64).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a mode name has letters, digits, dot, dash and underscore');
export const serviceName = z.string().min(1).max(255);

export const where = z.object({ file: z.string(), line: z.number().int().optional(), column: z.number().int().optional() });

/** What a finding is about: the rows of the checks page (S3.15). */
export const checkArea = z.enum(['files', 'mounts', 'ports', 'builds', 'networks', 'dependencies', 'environment', 'data', 'resources', 'engine']);

export const findingFix = z.object({ id: z.string(), title: z.string() });
export const finding = z.object({
  id: z.string(),
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  area: checkArea,
  service: z.string().optional(),
  where: where.optional(),
  message: z.string(),
  why: z.string(),
  fixes: z.array(findingFix),
  confidence: z.enum(['certain', 'possible']).optional(),
});

export const json: z.ZodType = z.json();

export const errorData = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string().optional(),
  where: where.optional(),
  service: z.string().optional(),
  details: z.record(z.string(), json).optional(),
});

export const modeDefinition = z.object({ name: z.string(), files: z.array(z.string()), envFiles: z.array(z.string()), profiles: z.array(z.string()) });

export const project = z.object({
  id: z.string(),
  name: z.string(),
  dir: z.string(),
  modes: z.array(modeDefinition),
  /** A mode's name, 'mixed', or null when nothing runs or the engine cannot be asked. */
  activeMode: z.string().nullable(),
  trusted: z.boolean(),
  /** What the trust question names; empty when trusted. */
  trustQuestions: z.array(z.string()),
});

export const fieldDifference = z.object({ field: z.string(), from: z.string(), to: z.string() });

export const plannedChange = z.object({
  service: z.string(),
  number: z.number().int(),
  action: z.enum(['keep', 'create', 'recreate', 'remove', 'start']),
  reasons: z.array(z.string()),
  differences: z.array(fieldDifference),
  containerId: z.string().optional(),
  strategy: z.enum(['stop-first', 'start-first']).optional(),
  build: z.enum(['none', 'build', 'pull']),
});

export const modePlan = z.object({
  id: z.string(),
  projectId: z.string(),
  projectName: z.string(),
  mode: z.string(),
  from: z.string().nullable(),
  changes: z.array(plannedChange),
  volumesKept: z.array(z.string()),
  volumesCreated: z.array(z.string()),
  networksCreated: z.array(z.string()),
  networksRemoved: z.array(z.string()),
  findings: z.array(finding),
  mustAsk: z.boolean(),
  trustQuestions: z.array(z.string()),
  trusted: z.boolean(),
});

export const switchResult = z.object({
  operationId: z.string(),
  state: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  /** Milliseconds from the start of the operation to everything healthy and cleaned up. */
  durationMs: z.number(),
  /** Milliseconds from the start of the operation until the last service of the target mode was healthy. */
  healthyMs: z.number(),
  /** downtimeMs: old stops answering to new running with its port accepting; 0 when it was not touched or started first. */
  services: z.array(z.object({ name: z.string(), downtimeMs: z.number(), containerId: z.string(), action: z.enum(['keep', 'create', 'recreate', 'remove', 'start']) })),
});

export const servicePort = z.object({ hostIp: z.string(), hostPort: z.number().int(), containerPort: z.number().int(), protocol: z.string() });
export const serviceMount = z.object({ type: z.string(), source: z.string(), target: z.string(), readOnly: z.boolean() });

export const serviceStatus = z.object({
  name: z.string(),
  /** running, partial, starting, exited, failed, created, paused, restarting, absent (declared, no container), done (a job that ended with 0). */
  state: z.string(),
  /** healthy, unhealthy, starting, none. */
  health: z.string(),
  containerIds: z.array(z.string()),
  image: z.string(),
  ports: z.array(servicePort),
  mounts: z.array(serviceMount),
  /** ISO time of the oldest running container's start; null when none runs. */
  startedAt: z.string().nullable(),
  restarts: z.number().int(),
  exitCode: z.number().int().nullable(),
  /** The mode whose files made its containers; null when unknown. */
  mode: z.string().nullable(),
  /** True when the active mode's files no longer declare it. */
  orphan: z.boolean(),
});

export const serviceList = z.object({
  /** Active mode: a name, 'mixed', or null. */
  mode: z.string().nullable(),
  /** One word for the header: healthy, starting, degraded, failed, stopped, empty. */
  health: z.enum(['healthy', 'starting', 'degraded', 'failed', 'stopped', 'empty']),
  /** One sentence: "6 services run in dev, all healthy". */
  summary: z.string(),
  services: z.array(serviceStatus),
});

export const logLine = z.object({ service: z.string(), containerId: z.string(), stream: z.enum(['stdout', 'stderr']), time: z.string(), text: z.string() });

export const operationProgress = z.object({
  step: z.number(),
  of: z.number(),
  message: z.string(),
  bytes: z.object({ done: z.number(), total: z.number().optional() }).optional(),
  services: z.record(z.string(), z.string()).optional(),
});

export const operation = z.object({
  id: z.string(),
  kind: z.string(),
  key: z.string(),
  title: z.string(),
  projectId: z.string().nullable(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'rolling-back', 'rolled-back', 'interrupted', 'cancelled', 'needs-attention']),
  progress: operationProgress,
  input: json,
  result: json,
  error: errorData.nullable(),
  cancellable: z.boolean(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** The worker that runs it: always 1, there is one process (S1.20). */
  workerId: z.number().int(),
  /** Larger goes first within a key and among keys: 10 a person asked, 5 a schedule, 0 healing. */
  priority: z.number().int(),
  origin: z.enum(['user', 'drift', 'schedule']),
  /** 1 for the first try; a repeated try of the same operation counts up. */
  attempt: z.number().int(),
  /** Operations that must have succeeded first. */
  after: z.array(z.string()),
  /** ISO time before which it does not start (a repeated try after its back-off); null = at once. */
  notBefore: z.string().nullable(),
  /** At most one operation with this key is open at a time; null = none. */
  dedupeKey: z.string().nullable(),
  /** True when `operations.undo` can take it back: its backup is there and nothing has undone it. */
  undoable: z.boolean(),
  /** Counts every stored change. */
  version: z.number().int(),
});

export const journalStep = z.object({ seq: z.number().int(), name: z.string(), phase: z.string(), at: z.string(), text: z.string() });

export const engineStatus = z.object({
  state: z.enum(['connecting', 'connected', 'unreachable']),
  /** Where: "unix:///var/run/docker.sock (default socket)"; empty while none is found. */
  endpoint: z.string(),
  version: z.string(),
  apiVersion: z.string(),
  /** One sentence when unreachable: what was tried, what to do. */
  message: z.string(),
});

export const doctorCheck = z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string().optional() });
export const doctorReport = z.object({ checks: z.array(doctorCheck) });

/** The four components of the one process (S1.1), with these names. */
export const componentName = z.enum(['api-server', 'operation-worker', 'status-reconciler', 'drift-reconciler']);
export const runtimeComponent = z.object({
  name: componentName,
  /** waiting: alive, but what it needs (the engine) is away. */
  state: z.enum(['starting', 'running', 'waiting', 'paused', 'stopped', 'failed']),
  /** Always the process that answers: the components are integrated. */
  pid: z.number().int(),
  startedAt: z.string().nullable(),
  /** When it last did its work; null before the first time. */
  lastTickAt: z.string().nullable(),
  /** Numbers since the start: calls, queued, running, passes, corrections, drifts, heals … */
  counters: z.record(z.string(), z.number()),
  /** One sentence: what it does now, or why it waits. */
  detail: z.string(),
});
export const runtimeStatus = z.object({
  pid: z.number().int(),
  workerId: z.literal(1),
  version: z.string(),
  /** app, serve, or command (a single command that hosts for its own time: nothing reconciles then). */
  host: z.enum(['app', 'serve', 'command']),
  startedAt: z.string(),
  /** Resident memory of the process in bytes, and its share of one core over the last interval, 0 to 1. */
  memoryBytes: z.number(),
  cpuShare: z.number(),
  components: z.array(runtimeComponent),
  /** The steps of the start in their order, and how long each took; ok = false: it failed or ran out of time and is tried again. */
  lifespan: z.array(z.object({ step: z.number().int(), name: z.string(), ok: z.boolean(), tookMs: z.number(), detail: z.string() })),
  api: z.object({ socket: z.string(), tcp: z.object({ enabled: z.boolean(), url: z.string().nullable(), tokenFile: z.string() }) }),
});

/** Durations of one kind of work in milliseconds, over what is remembered (S2.46). */
export const durationMetric = z.object({ name: z.string(), count: z.number().int(), failed: z.number().int(), p50Ms: z.number(), p95Ms: z.number(), maxMs: z.number() });

/** One entry of the event log: the newest 10,000 are kept on disk (S2.17). */
export const logEntry = z.object({
  seq: z.number().int(),
  at: z.string(),
  /** engine.connected, engine.lost, container.die, service.state, operation.started, operation.ended, drift.found, drift.healed, alert.raised, component.paused … */
  type: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  projectId: z.string().nullable(),
  service: z.string().nullable(),
  /** Ties the entries of one piece of work together: the operation's id. */
  correlationId: z.string().nullable(),
  message: z.string(),
  data: z.record(z.string(), json),
});

export const alert = z.object({
  /** Stable: hash of code, project, and what it is about. */
  id: z.string(),
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  projectId: z.string().nullable(),
  service: z.string().nullable(),
  message: z.string(),
  hint: z.string(),
  raisedAt: z.string(),
  /** How often it was raised again while it stood. */
  count: z.number().int(),
  /** Null while it stands. */
  clearedAt: z.string().nullable(),
  dismissed: z.boolean(),
});

export const healPolicy = z.enum(['notify', 'ask', 'heal']);
export const drift = z.object({
  /** Stable: hash of project, service, container number, field and both values. */
  id: z.string(),
  projectId: z.string(),
  service: z.string(),
  /** mode, state, health, image, mounts, ports, networks, environment NAME, memory, cpus, hash … */
  field: z.string(),
  desired: z.string(),
  actual: z.string(),
  /** crash: it died by itself. intent: somebody stopped or changed it on purpose (docker, docker compose). files: the compose files changed. unknown. */
  cause: z.enum(['crash', 'intent', 'files', 'unknown']),
  /** One sentence with what was seen. */
  why: z.string(),
  policy: healPolicy,
  /** open; healing (operationId says by what); waiting (back-off, until nextTryAt); gave-up (limit reached, see why); blocked (its own restart policy or an operation is at work). */
  state: z.enum(['open', 'healing', 'waiting', 'gave-up', 'blocked']),
  operationId: z.string().nullable(),
  nextTryAt: z.string().nullable(),
  since: z.string(),
});

/** One sample of a service, summed over its containers. Bytes are totals since the containers' start. */
export const serviceSample = z.object({
  service: z.string(),
  at: z.string(),
  /** Share of one core, 1 = a whole core; null while there is no earlier sample to compare with. */
  cpu: z.number().nullable(),
  memoryBytes: z.number(),
  /** 0 = none set. */
  memoryLimitBytes: z.number(),
  networkReceivedBytes: z.number(),
  networkSentBytes: z.number(),
  blockReadBytes: z.number(),
  blockWrittenBytes: z.number(),
  processes: z.number().int(),
  restarts: z.number().int(),
});
export const projectStats = z.object({
  projectId: z.string(),
  at: z.string(),
  services: z.array(serviceSample),
  total: z.object({ cpu: z.number(), memoryBytes: z.number(), networkReceivedBytes: z.number(), networkSentBytes: z.number(), blockReadBytes: z.number(), blockWrittenBytes: z.number(), processes: z.number().int() }),
});
export const statsHistory = z.object({
  fromAt: z.string(),
  toAt: z.string(),
  /** Per service, columns of equal length: `at` in milliseconds since the epoch, rising. null = no sample there. Rates are per second. */
  series: z.array(
    z.object({
      service: z.string(),
      at: z.array(z.number()),
      cpu: z.array(z.number().nullable()),
      memoryBytes: z.array(z.number().nullable()),
      networkBytesPerSecond: z.array(z.number().nullable()),
      blockBytesPerSecond: z.array(z.number().nullable()),
      /** What its health was, where it changed. */
      health: z.array(z.object({ at: z.string(), state: z.string(), health: z.string() })),
    }),
  ),
});

export const watchedMount = z.object({
  source: z.string(),
  services: z.array(z.object({ service: z.string(), target: z.string(), readOnly: z.boolean() })),
  kind: z.enum(['file', 'folder', 'fuse', 'other', 'unknown']),
  /** replaced: another file stands at the path than the container holds. hung: no answer within the deadline. */
  state: z.enum(['ok', 'missing', 'replaced', 'wrong-type', 'unreadable', 'hung']),
  latencyMs: z.number(),
  checkedAt: z.string(),
  since: z.string(),
  message: z.string(),
});

export const diskItem = z.object({
  id: z.string(),
  kind: z.enum(['image', 'volume', 'build-cache', 'container']),
  name: z.string(),
  sizeBytes: z.number(),
  createdAt: z.string(),
  /** Why it may go, in one sentence; empty when it is in use and may not. */
  why: z.string(),
  removable: z.boolean(),
});
export const diskUse = z.object({
  at: z.string(),
  images: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  volumes: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  buildCache: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  containers: z.object({ count: z.number().int(), sizeBytes: z.number(), reclaimableBytes: z.number() }),
  items: z.array(diskItem),
});

export const resourcePreset = z.object({
  /** current: 500m/512Mi to 1 CPU/1Gi. combined: 1 CPU/1Gi to 2 CPUs/2Gi (recommended). none: no limits. custom: what the file says otherwise. */
  name: z.enum(['current', 'combined', 'none', 'custom']),
  reservedCpus: z.number(),
  reservedMemoryBytes: z.number(),
  cpus: z.number(),
  memoryBytes: z.number(),
  /** Says what was lowered to fit this machine; empty when nothing. */
  notice: z.string(),
});

export const schedule = z.object({
  id: z.string(),
  /** The contract name of an operation. */
  kind: z.string(),
  input: z.record(z.string(), json),
  everySeconds: z.number().int().min(1),
  enabled: z.boolean(),
  nextAt: z.string(),
  lastAt: z.string().nullable(),
  lastOperationId: z.string().nullable(),
});

/** What a structural operation will do, shown before anybody agrees (S1.24). */
export const planDocument = z.object({
  title: z.string(),
  /** Markdown: steps, files (must change, may change), risks, how to take it back. */
  document: z.string(),
  files: z.array(z.object({ path: z.string(), change: z.enum(['create', 'change', 'remove']) })),
});

export const setting = z.object({
  key: z.string(),
  value: json,
  default: json,
  title: z.string(),
  /** One sentence. Says so where the value is Berth's own and not of the specification. */
  description: z.string(),
  /** What the value may be, in words: "5 to 3600 seconds". */
  range: z.string(),
});

/** One area of the checks: worst severity of its findings, 'unknown' when what it needs could not be asked. */
export const checkAreaState = z.object({ area: checkArea, title: z.string(), state: z.enum(['pass', 'warning', 'error', 'unknown']), findings: z.number().int() });

/** One way from a service to another, tried from inside the first one's network (S3.18). */
export const connectivityCell = z.object({
  from: z.string(),
  to: z.string(),
  host: z.string(),
  port: z.number().int(),
  /** not-running: one of the two has no running container. no-network: they share none. no-port: the dependency is not known to listen anywhere. */
  state: z.enum(['open', 'closed', 'no-network', 'no-port', 'not-running']),
  /** One sentence. */
  detail: z.string(),
  tookMs: z.number(),
});

/** One published port of one mode, and who has it now. */
export const portEntry = z.object({
  mode: z.string(),
  service: z.string(),
  hostIp: z.string(),
  hostPort: z.number().int(),
  containerPort: z.number().int(),
  protocol: z.string(),
  /** own: held by this service's own container. */
  state: z.enum(['free', 'own', 'taken', 'unknown']),
  /** Who holds it when it is taken, in words; else empty. */
  holder: z.string(),
  where: where.optional(),
});

/** Where one variable's value comes from (an environment entry of a service, or a `${NAME}` of a file when service is null). */
export const variableEntry = z.object({
  name: z.string(),
  service: z.string().nullable(),
  /** Masked when the name or the value tells of a secret. */
  value: z.string(),
  masked: z.boolean(),
  /** In words: "environment of api, docker-compose.dev.yml:12", ".env:3", "shell", "default in docker-compose.dev.yml:14", "not set". */
  source: z.string(),
  state: z.enum(['set', 'default', 'unset', 'required']),
  /** What would have decided it otherwise, strongest first. */
  shadowed: z.array(z.object({ source: z.string(), value: z.string() })),
  where: where.optional(),
});

/** What belongs together in a project: services, who waits for whom, networks, volumes (S0.19). */
export const serviceGraph = z.object({
  mode: z.string(),
  services: z.array(z.object({ service: z.string(), state: z.string(), health: z.string(), ports: z.array(z.string()), mounts: z.array(z.string()), volumes: z.array(z.string()), networks: z.array(z.string()) })),
  dependencies: z.array(z.object({ from: z.string(), to: z.string(), condition: z.string(), required: z.boolean() })),
  networks: z.array(z.object({ name: z.string(), external: z.boolean(), services: z.array(z.string()) })),
  /** sizeBytes null: not measured yet, or not there. */
  volumes: z.array(z.object({ name: z.string(), external: z.boolean(), exists: z.boolean(), sizeBytes: z.number().nullable(), users: z.array(z.object({ service: z.string(), target: z.string(), readOnly: z.boolean() })), modes: z.array(z.string()) })),
});

/** What every operation that edits compose files answers with. `files` are relative to the project folder. */
export const filesChanged = z.object({ operationId: z.string(), files: z.array(z.string()), diff: z.string() });

/** One service of an isolated test or of a deployment. */
export const changedService = z.object({ service: z.string(), action: z.string(), state: z.string(), health: z.string(), tookMs: z.number(), detail: z.string() });

/** The changes on disk that are not running yet, and whether they may be deployed (S3.32, S3.33). */
export const changeSet = z.object({
  mode: z.string(),
  /** Hash of everything the change consists of: model, build contexts, bind sources' configuration. A test is bound to it. */
  hash: z.string(),
  pending: z.boolean(),
  changes: z.array(plannedChange),
  tested: z.object({ operationId: z.string(), at: z.string(), ok: z.boolean() }).nullable().describe('the last test of exactly this hash'),
  deployable: z.boolean(),
  /** One sentence: why it may or may not be deployed. */
  reason: z.string(),
});

export const changeTest = z.object({
  operationId: z.string(),
  mode: z.string(),
  hash: z.string(),
  ok: z.boolean(),
  tookMs: z.number(),
  findings: z.array(finding),
  services: z.array(changedService),
  connectivity: z.array(connectivityCell),
  /** One sentence: what failed first, or that everything is healthy. */
  summary: z.string(),
});

export const deployResult = z.object({ operationId: z.string(), mode: z.string(), hash: z.string(), services: z.array(changedService), outageMs: z.number(), summary: z.string() });

/** One of the ten points of the robustness run (S3.38). */
export const robustnessPoint = z.object({ id: z.string(), title: z.string(), ok: z.boolean(), tookMs: z.number(), detail: z.string() });
export const robustnessReport = z.object({ operationId: z.string(), score: z.number().int(), of: z.number().int(), tookMs: z.number(), points: z.array(robustnessPoint), markdown: z.string() });

/** What cleaning a project removes; every list holds only what is this project's own (S3.20). */
export const cleanResult = z.object({
  operationId: z.string(),
  containers: z.array(z.string()),
  networks: z.array(z.string()),
  images: z.array(z.string()),
  volumes: z.array(z.string()),
  freedBytes: z.number(),
  /** Folder with the archives of the removed volumes; empty when none was removed. */
  archive: z.string(),
  /** Sentences on what looks like the project's and stays, for somebody else uses it. */
  kept: z.array(z.string()),
  started: z.boolean(),
  follow: z.string().nullable().describe('the operation that starts it again; null when it is not started'),
});

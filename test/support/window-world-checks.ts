import type { OutputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';

/** What stands behind the tabs of Conflicts and the graph of a world. */
export interface ChecksWorld {
  readonly dir: string;
  readonly services: readonly { readonly name: string; readonly ports: readonly number[]; readonly binds: readonly string[]; readonly volume?: string }[];
  /** True: a port is taken, variables have no value, files changed, a way is closed. */
  readonly troubled: boolean;
  readonly mode: () => string | null;
  readonly healthOf: (service: string) => { readonly state: string; readonly health: string };
  readonly mark: string;
  /** Tells that sizes of volumes are known now. */
  readonly measured: () => void;
}

type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;

const MIB = 1_048_576;
const FILES: { readonly [mode: string]: string } = { dev: 'docker-compose.dev.yml', prod: 'docker-compose.clean.yml' };
const WAITS: { readonly [service: string]: readonly string[] } = { web: ['api'], api: ['postgres', 'cache', 'search'], worker: ['postgres', 'cache'] };

/** Queries that only read files and the engine. */
export function checksHandlers(world: ChecksWorld): { readonly [name: string]: Handler } {
  let tested: OutputOf<'changes.show'>['tested'] = null;
  const handlers: { readonly [name: string]: (input: never) => Promise<unknown> } = {
    'compose.ports': async () => portMap(world),
    'compose.variables': async (input: { mode?: string }) => variables(world, input.mode ?? 'dev'),
    'compose.source': async (input: { file: string }) => {
      if (!input.file.startsWith(`${world.dir}/`)) throw new AppError('policy-refused', 'Only files the project is made from can be shown.');
      return { file: input.file, text: sourceText(world) };
    },
    // One size takes longer than the window waits; the event has it looked at again.
    'services.graph': async ({ waitSeconds }: { waitSeconds: number }) => {
      if (waitSeconds > 0) setImmediate(world.measured);
      return graph(world, waitSeconds > 0);
    },
    'services.healthcheck': async ({ service }: { service: string }): Promise<OutputOf<'services.healthcheck'>> => ({
      healthcheck: service === 'cache' ? null : { from: service === 'postgres' ? 'image' : 'file', kind: service === 'postgres' ? 'command' : 'http', port: service === 'postgres' ? null : 8000, path: '/health', command: service === 'postgres' ? 'pg_isready -U app' : '', intervalSeconds: 5, timeoutSeconds: 3, retries: 4, startPeriodSeconds: 20 },
    }),
    'changes.show': async () => changeSet(world, tested),
    'world.tested': async (test: { operationId: string; ok: boolean }) => {
      tested = { operationId: test.operationId, at: new Date().toISOString(), ok: test.ok };
    },
  };
  return handlers as { readonly [name: string]: Handler };
}

function portMap(world: ChecksWorld): OutputOf<'compose.ports'> {
  const entries = ['dev', 'prod'].flatMap((mode) =>
    world.services.flatMap((service, index) =>
      service.ports.map((port, at): OutputOf<'compose.ports'>['entries'][number] => {
        const taken = world.troubled && port === 8000;
        return { mode, service: service.name, hostIp: '127.0.0.1', hostPort: port, containerPort: port, protocol: 'tcp', state: taken ? 'taken' : world.mode() === null ? 'free' : 'own', holder: taken ? `node (pid 4121)${world.mark}` : '', where: { file: `${world.dir}/${FILES[mode] ?? ''}`, line: 8 + index * 9 + at } };
      }),
    ),
  );
  return { entries, markdown: ['| Mode | Service | Port |', '| --- | --- | --- |', ...entries.map((entry) => `| ${entry.mode} | ${entry.service} | ${entry.hostPort} |`), ''].join('\n') };
}

function variables({ dir, troubled, mark }: ChecksWorld, mode: string): OutputOf<'compose.variables'> {
  const file = `${dir}/${FILES[mode] ?? 'compose.yaml'}`;
  return [
    { name: 'API_PORT', service: null, value: '8000', masked: false, source: '.env:3', state: 'set', shadowed: [{ source: `default in ${FILES[mode] ?? ''}:14`, value: '8080' }], where: { file: `${dir}/.env`, line: 3 } },
    { name: 'BASE_IMAGE', service: null, value: 'node:20-slim', masked: false, source: `default in ${FILES[mode] ?? ''}:6`, state: 'default', shadowed: [], where: { file, line: 6 } },
    ...(troubled ? [{ name: 'SENTRY_DSN', service: null, value: '', masked: false, source: 'not set', state: 'required' as const, shadowed: [], where: { file, line: 22 } }] : []),
    { name: 'NODE_ENV', service: 'api', value: mode === 'prod' ? 'production' : 'development', masked: false, source: `environment of api, ${FILES[mode] ?? ''}:17${mark}`, state: 'set', shadowed: [{ source: 'api/.env:1', value: 'test' }], where: { file, line: 17 } },
    { name: 'DATABASE_URL', service: 'api', value: 'postgres://app:••••••@postgres:5432/shop', masked: true, source: `environment of api, ${FILES[mode] ?? ''}:18`, state: 'set', shadowed: [], where: { file, line: 18 } },
    { name: 'LOG_LEVEL', service: 'worker', value: '', masked: false, source: 'not set', state: troubled ? 'unset' : 'default', shadowed: [], where: { file, line: 44 } },
    { name: 'POSTGRES_PASSWORD', service: 'postgres', value: '••••••', masked: true, source: 'shell', state: 'set', shadowed: [{ source: '.env:7', value: '••••••' }] },
  ];
}

/** As long as the findings' line numbers need. */
function sourceText({ services, mark }: ChecksWorld): string {
  const lines = ['# The services of the shop.', `name: shop${mark}`, '', 'services:'];
  for (const service of services) {
    lines.push(`  ${service.name}:`, '    build:', `      context: ./${service.name}`, '    restart: unless-stopped', '    environment:', '      NODE_ENV: production', '      LOG_LEVEL: ${LOG_LEVEL:-info}');
    if (service.ports.length > 0) lines.push('    ports:', ...service.ports.map((port) => `      - "127.0.0.1:${port}:${port}"`));
    if (service.volume !== undefined) lines.push('    volumes:', `      - ${service.volume}:/var/lib/data`);
    lines.push('');
  }
  return `${[...lines, 'volumes:', '  postgres_data:', '  search_index:', ''].join('\n')}`;
}

function graph(world: ChecksWorld, isMeasuring: boolean): OutputOf<'services.graph'> {
  const networksOf = (name: string): string[] => (name === 'web' ? ['frontend'] : name === 'api' ? ['frontend', 'backend'] : ['backend']);
  const volume = (name: string, service: string, mib: number | null): OutputOf<'services.graph'>['volumes'][number] => ({ name: name + world.mark, external: false, exists: mib !== null, sizeBytes: mib === null ? null : mib * MIB, size: mib === null ? 'none' : 'known', users: [{ service, target: '/var/lib/data', readOnly: false }], modes: ['dev', 'prod'] });
  return {
    mode: world.mode() ?? 'dev',
    services: world.services.map((service) => ({ service: service.name, ...world.healthOf(service.name), ports: service.ports.map((port) => `127.0.0.1:${port}->${port}/tcp`), mounts: service.binds.map((bind) => `./${bind} -> /app/${bind}`), volumes: service.volume === undefined ? [] : [service.volume], networks: networksOf(service.name) })),
    dependencies: Object.entries(WAITS).flatMap(([from, all]) => all.map((to) => ({ from, to, condition: 'service_healthy', required: true }))),
    networks: ['frontend', 'backend'].map((name) => ({ name, external: false, exists: name === 'backend', subnets: name === 'backend' ? ['10.9.0.0/24'] : [], services: world.services.map((service) => service.name).filter((service) => networksOf(service).includes(name)) })),
    volumes: [volume('postgres_data', 'postgres', 1_240), { ...volume('search_index', 'search', 96), ...(isMeasuring ? { sizeBytes: null, size: 'pending' } : {}) }],
  };
}

function changeSet({ troubled, mark }: ChecksWorld, tested: OutputOf<'changes.show'>['tested']): OutputOf<'changes.show'> {
  const change = (service: string, kind: 'settings' | 'dependencies', reason: string, field: string, from: string, to: string): OutputOf<'changes.show'>['changes'][number] => ({ service, number: 1, action: 'recreate', reasons: [reason], differences: [{ field, from, to }], strategy: 'stop-first', build: 'build', kind });
  return {
    mode: 'dev',
    hash: 'e7'.repeat(32),
    pending: troubled,
    changes: troubled ? [change('api', 'settings', `1 variable changes${mark}`, 'environment LOG_LEVEL', 'info', 'debug'), change('worker', 'dependencies', 'image changes', 'image', 'shop-worker:berth-dev', 'shop-worker:berth-dev (built anew)')] : [],
    tested,
    deployable: troubled && tested?.ok === true,
    reason: tested === null ? 'These changes were not tested yet.' : tested.ok ? 'These changes passed their test.' : 'The test of these changes failed.',
  };
}

/** What an operation of this world ends with; undefined for one that another part of the world knows. */
export function resultOf(kind: string, operationId: string, input: JsonObject, troubled: boolean): JsonObject | undefined {
  const answers: { readonly [name: string]: () => object } = {
    'checks.connectivity': () => connectivity(operationId, troubled),
    'checks.robustness': () => robustness(operationId, troubled),
    'changes.test': () => changeTest(operationId, troubled),
    'changes.deploy': () => ({ operationId, mode: 'dev', hash: 'e7'.repeat(32), services: [], outageMs: 410, summary: 'Two services were deployed and are healthy.' }),
    'projects.clean': () => cleaning(operationId, input),
    'services.remove': () => verb(operationId, input, [{ service: 'postgres', number: 1, action: 'remove', reasons: ['its removal is asked for'] }], ['Volumes with a name stay. The next switch, or `services up`, creates what is removed anew.', 'api needs what is removed.']),
    'services.scale': () => verb(operationId, input, Array.from({ length: Math.max(0, Number(input['count']) - 1) }, (_, index) => ({ service: 'web', number: index + 2, action: 'create', reasons: [`${String(input['count'])} of it are asked for`] })), [`The compose files say 1: the next switch, \`services up\` and \`docker compose up\` go back to that. Write \`scale: ${String(input['count'])}\` into the file to keep it.`]),
  };
  return answers[kind]?.() as JsonObject | undefined;
}

type VerbChange = Pick<OutputOf<'modes.plan'>['changes'][number], 'service' | 'number' | 'action' | 'reasons'>;

function verb(operationId: string, input: JsonObject, changes: readonly VerbChange[], notes: string[]): OutputOf<'services.up'> {
  const services = [...new Set(changes.map((one) => one.service))];
  if (input['dryRun'] !== true) return { operationId, mode: 'dev', services, plan: null, volumes: [], notes: [], warnings: [] };
  const plan: OutputOf<'modes.plan'> = { id: 'plan_verb', projectId: 'p_0000000000000', projectName: 'shop', mode: 'dev', from: 'dev', changes: changes.map((one) => ({ ...one, differences: [], build: 'none' })), volumesKept: [], volumesCreated: [], networksCreated: [], networksRemoved: [], findings: [], mustAsk: false, trustQuestions: [], trusted: true };
  return { operationId, mode: 'dev', services, plan, volumes: changes.some((one) => one.action === 'remove') ? [{ service: 'postgres', target: '/scratch' }] : [], notes, warnings: [] };
}

function connectivity(operationId: string, troubled: boolean): OutputOf<'checks.connectivity'> {
  const ports: { readonly [service: string]: number } = { api: 8000, cache: 6379, postgres: 5432, search: 9200 };
  const cells = Object.entries(WAITS).flatMap(([from, all]) =>
    all.map((to): OutputOf<'checks.connectivity'>['cells'][number] => {
      const state = troubled && from === 'worker' && to === 'cache' ? 'no-network' : troubled && to === 'search' ? 'closed' : 'open';
      const detail = state === 'open' ? `${to} accepts on ${ports[to] ?? 0}.` : state === 'closed' ? `${to} does not accept on port 9200: connection refused.` : 'worker and cache share no network.';
      return { from, to, host: to, port: ports[to] ?? 0, state, detail, tookMs: 3 };
    }),
  );
  return { operationId, ok: cells.every((cell) => cell.state === 'open'), cells };
}

function robustness(operationId: string, troubled: boolean): OutputOf<'checks.robustness'> {
  const titles = ['A service is deleted', 'A folder is moved', 'A service is replaced', 'A service is added', 'A port is taken', 'Everything is removed at once', 'The engine restarts', 'A mount disappears', 'Berth is killed in the middle of a switch', 'Backup and restore'];
  const points = titles.map((title, index) => ({ id: `p${index + 1}`, title, ok: !(troubled && index === 7), tookMs: 4_200 + index * 2_310, detail: troubled && index === 7 ? 'web kept the folder that was removed; it was not restarted within 30 s.' : 'Found, said in one sentence, and put right.' }));
  const score = points.filter((point) => point.ok).length;
  return { operationId, score, of: 10, tookMs: 148_000, points, markdown: `# ${score} of 10\n` };
}

function changeTest(operationId: string, troubled: boolean): OutputOf<'changes.test'> {
  return {
    operationId,
    mode: 'dev',
    hash: 'e7'.repeat(32),
    ok: true,
    tookMs: 21_400,
    findings: [],
    services: ['api', 'cache', 'postgres', 'worker'].map((service) => ({ service, action: service === 'api' || service === 'worker' ? 'recreate' : 'keep', state: 'running', health: 'healthy', tookMs: 3_400, detail: 'healthy on its own port' })),
    connectivity: connectivity(operationId, false).cells.filter((cell) => cell.to !== 'search'),
    summary: troubled ? 'Four services run in the copy and are healthy; the running project was not touched.' : 'Everything is healthy.',
  };
}

function cleaning(operationId: string, input: JsonObject): OutputOf<'projects.clean'> {
  const names = ['api', 'cache', 'postgres', 'search', 'web', 'worker'];
  const volumes = input['volumes'] === true ? ['shop_postgres_data', 'shop_search_index'] : [];
  return { operationId, containers: names.map((name) => `shop-${name}-1`), networks: ['shop_frontend', 'shop_backend'], images: ['api', 'web', 'worker'].map((name) => `shop-${name}:berth-dev`), volumes, freedBytes: (1_212 + volumes.length * 668) * MIB, snapshot: volumes.length === 0 ? null : 's_01KABCDEFG0000000000000001', mode: input['start'] === false ? null : 'dev', started: input['dryRun'] !== true, kept: ['The volume shared_cache stays: it is external.'], follow: null };
}

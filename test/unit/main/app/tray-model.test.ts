import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trayModel as trayModelIn, type TrayModel, type TrayState } from '@main/app/tray-model';
import { english } from '@main/app/words/en';
import { wordsFor } from '@main/app/words/words';

const project = { id: 'p_0123456789abc', name: 'shop', dir: '/shop', modes: ['dev', 'prod'].map((name) => ({ name, files: [], envFiles: [], profiles: [] })), activeMode: 'dev', trusted: true, trustQuestions: [] };
const service = { name: 'api', state: 'running', health: 'healthy', containerIds: ['c1'], image: '', ports: [], mounts: [], startedAt: null, restarts: 0, exitCode: null, mode: 'dev', orphan: false };
const operation = { id: 'op_1', kind: 'modes.switch', key: 'k', title: 'Switch shop to prod', projectId: project.id, state: 'running' as const, progress: { step: 1, of: 4, message: '' }, input: {}, result: null, error: null, cancellable: true, createdAt: '', startedAt: null, finishedAt: null, workerId: 1, priority: 10, origin: 'user' as const, attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1 };
const running: TrayState = {
  engine: { state: 'connected', endpoint: '', version: '', apiVersion: '', message: '' },
  projects: [project],
  currentProjectId: project.id,
  services: { mode: 'dev', health: 'healthy', summary: '1 service runs in dev, all healthy', services: [service] },
  running: null,
  conflicts: 2,
  pending: 0,
  alerts: [],
  runtime: null,
  storage: null,
  workspaces: null,
  snapshots: null,
  recentProjectIds: [],
};
const alert: TrayState['alerts'][number] = { id: 'a1', code: 'CRASH-LOOP', severity: 'error', projectId: project.id, service: 'api', message: 'api crashed 5 times', hint: '', raisedAt: '', count: 1, clearedAt: null, dismissed: false };
const component = (name: 'api-server' | 'operation-worker' | 'status-reconciler' | 'drift-reconciler', state: 'running' | 'paused' = 'running') => ({ name, state, pid: 1, startedAt: null, lastTickAt: null, counters: {}, detail: '' });
const runtime: NonNullable<TrayState['runtime']> = { pid: 1, workerId: 1, version: '0.1.0', host: 'app', startedAt: '', memoryBytes: 0, cpuShare: 0, components: [component('api-server'), component('operation-worker'), component('status-reconciler'), component('drift-reconciler', 'paused')], lifespan: [], api: { socket: '', tcp: { enabled: false, url: null, tokenFile: '' } } };

const mount = (state: 'healthy' | 'recovering') => ({ id: 'm', service: 'rclone-mount', container: 'rclone-mount', remote: 's3', bucket: 'data', prefix: '', mountPoint: '/mnt/s3/data', hostPath: null, backend: 'rclone' as const, readOnly: true, state, detail: '', latencyMs: null, cache: { usedBytes: null, maxBytes: 1, maxAgeSeconds: 1, dirCacheSeconds: 1 }, usedBytes: null, lastRefreshedAt: null });
const job = (state: 'idle' | 'running' | 'stopped' | 'failed') => ({ id: 'j', service: 's3-sync', container: 's3-sync', source: '/mnt/efs/logs', remote: 's3', bucket: 'logs', prefix: '', semantics: 'archive' as const, everySeconds: 300, state, detail: '', nextRunAt: null, lastRun: null });
const storage = (change: Partial<NonNullable<TrayState['storage']>> = {}): NonNullable<TrayState['storage']> => ({
  s3: { endpoint: 'http://127.0.0.1:9000', consoleUrl: 'http://127.0.0.1:9001', origin: 'local', flavour: 'minio', image: null, region: 'us-east-1', health: 'healthy', detail: '', credentials: 'generated', volume: null, notices: [] },
  mounts: [mount('healthy'), mount('recovering')],
  jobs: [job('idle')],
  folders: [],
  added: { memoryBytes: 0, cpuMillis: 0, containers: 2 },
  measured: null,
  fuse: { possible: true, reason: '', instead: '' },
  file: 'docker-compose.storage.yml',
  ...change,
});

type Workspaces = NonNullable<TrayState['workspaces']>;
const workspace = (change: Partial<Workspaces['workspaces'][number]> = {}): Workspaces['workspaces'][number] => ({ name: 'api', dir: '/shop/workspaces/api', local: null, whole: null, bucket: null, mount: null, pending: 0, excluded: 0, conflicts: 0, state: 'synced', detail: '', lastSyncedAt: null, trigger: 'watch', everySeconds: 300, source: 'mount', reads: 'mount', sizeOnly: false, run: true, runner: null, savingsPercent: null, ...change });
const workspaces = (change: Partial<Workspaces> = {}): Workspaces => ({
  root: '/shop/workspaces',
  exists: true,
  bucket: 'workspaces',
  endpoint: 'http://127.0.0.1:9000',
  mountPoint: '/mnt/workspaces',
  volume: null,
  halt: null,
  workspaces: [workspace()],
  totals: { wholeBytes: 0, bucketBytes: 0, savingsPercent: null },
  traffic: { puts: 0, lists: 0, deletes: 0, bytesSent: 0, since: '' },
  monitor: { state: 'running', detail: '' },
  gateway: null,
  migration: { step: 'done', of: 4, detail: '' },
  ...change,
});
const halt: NonNullable<Workspaces['halt']> = { reason: 'root-emptied', message: '', hint: '', approval: 'a1' };

type Snapshots = NonNullable<TrayState['snapshots']>;
const snapshots = (...healths: readonly Snapshots['snapshots'][number]['health'][]): Snapshots => ({
  snapshots: healths.map((health, index) => ({ id: `s_${String(index).padStart(26, '0')}`, repository: 'local', createdAt: '', tag: null, reason: 'manual', operationId: null, project: { id: project.id, name: 'shop', dir: '/shop' }, mode: 'dev', health, services: [], sizeBytes: 0, storedBytes: 0, pinned: false, verified: null, parts: [], notes: [] })),
  repositories: [],
  settings: { repository: 'local', retention: { keepLast: 10, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepReplacedHours: 24 }, everyMinutes: null, volumes: false, consistency: {} },
  deleted: [],
  replaced: [],
  damaged: [],
});

const trayModel = (state: TrayState): TrayModel => trayModelIn(state, english);

const item = (state: TrayState, id: string): ReturnType<typeof trayModel>['items'][number] | undefined => trayModel(state).items.flatMap((one) => [one, ...one.items]).find((one) => one.id === id);

describe('the tray', () => {
  it('shows state, modes, actions and the number of conflicts', () => {
    const model = trayModel(running);
    expect(model.icon).toBe('running');
    expect(model.items.filter((one) => one.kind !== 'separator').map((one) => one.label)).toEqual(['shop: 1 service runs in dev, all healthy', 'Dev', 'Prod', 'Start', 'Stop', 'Validate', 'Conflicts (2)', 'Show window', 'Quit']);
    expect(item(running, 'mode-dev')).toMatchObject({ kind: 'radio', checked: true });
    expect(item(running, 'mode-prod')).toMatchObject({ kind: 'radio', checked: false, action: { type: 'switch', projectId: project.id, mode: 'prod' } });
  });

  it('counts the services that were edited and do not run so yet, in the menu and in its tooltip; nothing where there are none', () => {
    expect(item({ ...running, pending: 2 }, 'pending')).toMatchObject({ label: 'Pending changes (2)', action: { type: 'show-changes', projectId: project.id } });
    expect(trayModel({ ...running, pending: 2 }).tooltip).toContain('Pending changes (2)');
    for (const pending of [0, null]) expect(item({ ...running, pending }, 'pending')).toBeUndefined();
  });

  it('offers Start only where something is stopped, and Stop only where something runs', () => {
    expect([item(running, 'start')?.enabled, item(running, 'stop')?.enabled]).toEqual([false, true]);
    const stopped: TrayState = { ...running, services: { mode: 'dev', health: 'stopped', summary: 'Nothing runs', services: [{ ...service, state: 'exited' }] } };
    expect([item(stopped, 'start')?.enabled, item(stopped, 'stop')?.enabled]).toEqual([true, false]);
    expect(trayModel(stopped).icon).toBe('stopped');
  });

  it('shows the worst of services and alerts, and how many alerts there are', () => {
    const icon = (change: Partial<TrayState>): string => trayModel({ ...running, ...change }).icon;
    expect(icon({ alerts: [alert] })).toBe('failed');
    expect(icon({ alerts: [{ ...alert, severity: 'warning' }] })).toBe('degraded');
    expect(icon({ alerts: [{ ...alert, severity: 'info' }] })).toBe('running');
    expect(icon({ alerts: [{ ...alert, severity: 'warning' }], services: { mode: 'dev', health: 'failed', summary: '', services: [service] } })).toBe('failed');
    expect(icon({ alerts: [alert], running: operation })).toBe('busy');
    expect(icon({ alerts: [alert], engine: null })).toBe('offline');
    expect(item({ ...running, alerts: [alert, alert] }, 'alerts')).toMatchObject({ label: 'Alerts (2)', action: { type: 'show-alerts', projectId: project.id } });
    expect(trayModel({ ...running, alerts: [alert] }).tooltip).toContain('(1 alert)');
  });

  it('syncs now and opens the console where there is storage, and says how it is', () => {
    const known: TrayState = { ...running, storage: storage() };
    expect(item(known, 'sync-now')).toMatchObject({ label: 'Sync now', enabled: true, action: { type: 'sync', projectId: project.id } });
    expect(item(known, 'open-console')).toMatchObject({ label: 'Open console', enabled: true, action: { type: 'open-console', url: 'http://127.0.0.1:9001' } });
    expect(trayModel(known).tooltip).toBe('Berth: shop: 1 service runs in dev, all healthy; storage: 1 of 2 mounted');
    expect(trayModel({ ...known, storage: storage({ mounts: [], jobs: [job('failed')] }) }).tooltip).toContain('; storage: the last sync failed');
    expect([item(running, 'sync-now'), item({ ...running, storage: storage({ file: null, s3: { ...storage().s3, consoleUrl: null } }) }, 'open-console')]).toEqual([undefined, undefined]);
    expect(item({ ...known, storage: storage({ s3: { ...storage().s3, consoleUrl: null } }) }, 'open-console')).toMatchObject({ enabled: false, action: null });
    for (const state of ['stopped', 'running'] as const) expect(item({ ...known, storage: storage({ jobs: [job(state)] }) }, 'sync-now')?.enabled).toBe(false);
    expect(item({ ...known, running: operation }, 'sync-now')?.enabled).toBe(false);
  });

  it('syncs the workspaces of the project now where there are any, and says what they wait for', () => {
    const known: TrayState = { ...running, workspaces: workspaces() };
    expect(item(known, 'sync-workspaces')).toMatchObject({ label: 'Sync workspaces now', enabled: true, action: { type: 'sync-workspaces', projectId: project.id } });
    expect(trayModel(known).tooltip).toBe('Berth: shop: 1 service runs in dev, all healthy');
    expect([item(running, 'sync-workspaces'), item({ ...known, workspaces: workspaces({ workspaces: [] }) }, 'sync-workspaces')]).toEqual([undefined, undefined]);
    const enabled = (change: Partial<TrayState>): boolean | undefined => item({ ...known, ...change }, 'sync-workspaces')?.enabled;
    expect(enabled({ workspaces: workspaces({ endpoint: null }) })).toBe(false);
    expect(enabled({ workspaces: workspaces({ halt }) })).toBe(false);
    expect(enabled({ workspaces: workspaces({ workspaces: [workspace({ state: 'syncing' })] }) })).toBe(false);
    expect(enabled({ projects: [{ ...project, trusted: false }] })).toBe(false);
    expect(enabled({ running: operation })).toBe(false);
    expect(trayModel({ ...known, workspaces: workspaces({ halt }) }).tooltip).toContain('; workspaces: the sync stopped and asks');
    expect(trayModel({ ...known, storage: storage(), workspaces: workspaces({ workspaces: [workspace({ pending: 2 }), workspace({ name: 'www', pending: 1 })] }) }).tooltip).toContain('; storage: 1 of 2 mounted; workspaces: 3 waiting');
  });

  it('backs up now, and looks at a restore of the last good snapshot in the window where there is one', () => {
    const known: TrayState = { ...running, snapshots: snapshots('unhealthy', 'healthy') };
    expect(item(known, 'back-up')).toMatchObject({ label: 'Backup now', enabled: true, action: { type: 'back-up', projectId: project.id } });
    expect(item(known, 'show-restore')).toMatchObject({ label: 'Restore last good…', enabled: true, action: { type: 'show-restore', projectId: project.id } });
    expect([item(running, 'back-up'), item(running, 'show-restore')]).toEqual([undefined, undefined]);
    const enabled = (change: Partial<TrayState>): readonly (boolean | undefined)[] => ['back-up', 'show-restore'].map((id) => item({ ...known, ...change }, id)?.enabled);
    expect(enabled({ snapshots: snapshots('unhealthy', 'stopped') })).toEqual([true, false]);
    expect(enabled({ running: operation })).toEqual([false, false]);
    expect(enabled({ engine: { state: 'unreachable', endpoint: '', version: '', apiVersion: '', message: '' } })).toEqual([false, false]);
  });

  it('has the four components with pause and resume', () => {
    const menu = item({ ...running, runtime }, 'runtime');
    expect(menu?.label).toBe('Runtime (drift-reconciler paused)');
    expect(menu?.items.filter((one) => one.kind !== 'separator').map((one) => [one.label, one.action])).toEqual([
      ['Show runtime', { type: 'show-runtime' }],
      ['Pause api-server (running)', { type: 'pause', component: 'api-server' }],
      ['Pause operation-worker (running)', { type: 'pause', component: 'operation-worker' }],
      ['Pause status-reconciler (running)', { type: 'pause', component: 'status-reconciler' }],
      ['Resume drift-reconciler (paused)', { type: 'resume', component: 'drift-reconciler' }],
    ]);
  });

  it('takes no second operation while one runs', () => {
    const busy: TrayState = { ...running, running: operation };
    expect(trayModel(busy).icon).toBe('busy');
    expect(['mode-prod', 'start', 'stop'].map((id) => item(busy, id)?.enabled)).toEqual([false, false, false]);
    expect(item(busy, 'status')?.label).toBe('Switch shop to prod');
  });

  it('says so when no engine answers, and when nothing is open', () => {
    const offline: TrayState = { ...running, engine: { state: 'unreachable', endpoint: '', version: '', apiVersion: '', message: '' } };
    expect(trayModel(offline)).toMatchObject({ icon: 'offline', tooltip: 'Berth: Docker does not answer' });
    expect(item(offline, 'mode-prod')?.enabled).toBe(false);
    expect(trayModel({ ...running, projects: [], services: null }).items.map((one) => one.id)).toEqual(['status', 'window-above', 'show', 'quit']);
  });

  it('lists the last three projects: the current one, then as they were used, then the newest', () => {
    const projects = Array.from({ length: 5 }, (_, index) => ({ ...project, id: `p_000000000000${index}`, name: `shop${index}` }));
    const named = (currentProjectId: string, recentProjectIds: readonly string[]): unknown => item({ ...running, projects, currentProjectId, recentProjectIds }, 'projects')?.items.map((one) => [one.label, one.checked]);
    expect(named('p_0000000000001', [])).toEqual([['shop1', true], ['shop4', false], ['shop3', false]]);
    expect(named('p_0000000000001', ['p_0000000000001', 'p_0000000000000', 'p_gone'])).toEqual([['shop1', true], ['shop0', false], ['shop4', false]]);
  });

  it('always ends with Show window and Quit, has unique ids, and offers nothing that destroys', () => {
    const states = fc.record({
      engine: fc.constantFrom(running.engine, null),
      projects: fc.constantFrom<TrayState['projects']>([], [project], [project, { ...project, id: 'p_1' }]),
      currentProjectId: fc.constantFrom(null, project.id, 'p_gone'),
      services: fc.constantFrom(running.services, null),
      running: fc.constantFrom(null, operation),
      conflicts: fc.option(fc.nat(9), { nil: null }),
      pending: fc.option(fc.nat(9), { nil: null }),
      alerts: fc.constantFrom<TrayState['alerts']>([], [alert]),
      runtime: fc.constantFrom(runtime, null),
      storage: fc.constantFrom(storage(), storage({ file: null }), null),
      workspaces: fc.constantFrom(workspaces(), workspaces({ halt }), null),
      snapshots: fc.constantFrom(snapshots('healthy'), snapshots(), null),
      recentProjectIds: fc.constantFrom<readonly string[]>([], [project.id]),
    });
    fc.assert(
      fc.property(states, fc.constantFrom('en', 'de', 'zh'), (state, language) => {
        const { items } = trayModelIn(state, wordsFor(language, []));
        const ids = items.flatMap((one) => [one.id, ...one.items.map((inner) => inner.id)]);
        expect(new Set(ids).size).toBe(ids.length);
        expect(items.slice(-2).map((one) => one.id)).toEqual(['show', 'quit']);
        expect(items.every((one) => !/delete|remove|forget|lösch|entfern|删除|移除/i.test(one.label))).toBe(true);
      }),
    );
  });
});

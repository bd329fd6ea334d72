import type { OutputOf } from '@shared/contract/contract';

type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;
type Check = OutputOf<'doctor.run'>['checks'][number];
type Place = OutputOf<'engine.list'>['places'][number];

interface MachineOptions {
  readonly connected: () => boolean;
  /** True: much of this machine is not as it should be. */
  readonly troubled: boolean;
  /** The engine is another one now. */
  readonly onUse: (endpoint: string, version: string) => OutputOf<'engine.status'>;
}

const VERSIONS: { readonly [name: string]: string } = { 'default-socket': '27.3.1', colima: '28.1.0' };

/** Handlers of the doctor, the list of engines, the diagnostics bundle and updates. */
export function machineHandlers({ connected, troubled, onUse }: MachineOptions): { readonly [name: string]: Handler } {
  let used = 'default-socket';
  let chosen = '';
  const places = (): Place[] => [
    place('colima', 'unix:///home/ada/.colima/default/docker.sock', 'context colima', 'answers', '1.49'),
    { ...place('staging', 'ssh://ada@staging.example.org', 'context staging', 'refuses', '', 'Berth does not connect to Docker over SSH (ssh://ada@staging.example.org). Forward the socket, and set DOCKER_HOST to it.'), usable: false },
    place('default-socket', 'unix:///var/run/docker.sock', 'default socket', connected() ? 'answers' : 'absent', '1.47'),
    place('rootless-socket', 'unix:///run/user/1000/docker.sock', 'rootless socket', 'absent', ''),
    place('podman', 'unix:///run/user/1000/podman/podman.sock', 'Podman', 'refuses', '', 'Permission denied.'),
    ...['docker-desktop', 'orbstack', 'rancher-desktop'].map((name) => place(name, `unix:///home/ada/.${name}/docker.sock`, name, 'absent', '')),
  ];
  const place = (name: string, uri: string, origin: string, state: Place['state'], apiVersion: string, detail = ''): Place => ({ name, uri, origin, used: connected() && name === used, usable: true, state, apiVersion, detail });
  return {
    'doctor.run': async () => ({ checks: troubled ? [...BASE(connected()), ...TROUBLES] : BASE(connected()) }),
    'engine.list': async () => ({ chosen, reason: `${used} is used: ${chosen === '' ? 'it is the first of the usual places that answers.' : 'it was chosen in Berth.'}`, places: places() }),
    'engine.use': async ({ name }: { readonly name: string }) => {
      chosen = name === 'automatic' ? '' : name;
      used = name === 'automatic' ? 'default-socket' : name;
      return onUse(`${places().find((one) => one.name === used)?.uri ?? ''} (${used})`, VERSIONS[used] ?? '');
    },
    'diagnostics.preview': async () => ({
      files: [
        { path: 'versions.json', sizeBytes: 812, what: 'Berth, what it runs on, and this kind of machine.' },
        { path: 'doctor.json', sizeBytes: 2_104, what: 'Every check of this machine.' },
        { path: 'operations.json', sizeBytes: 48_120, what: 'The last operations: titles, steps, errors, the end of their logs.' },
        { path: 'berth.log', sizeBytes: 311_402, what: 'The end of Berth’s own log.' },
        { path: 'projects/p_0shop00000000.json', sizeBytes: 3_288, what: 'The compose model of shop, without any value.' },
      ],
      leftOut: ['Values of environment variables, env files, secrets and configs: only the names of variables.', 'Credentials: of registries, of S3, the token of the local API, keys and passphrases.'],
      missing: [],
    }),
    'diagnostics.startup': async () => ({ startedAt: new Date(0).toISOString(), marks: [{ name: 'app-ready', atMs: 212.4 }, { name: 'page-ready', atMs: 804.1 }], steps: [] }),
    'updates.check': async () => ({ state: 'no-source', current: '0.0.0', latest: null, page: null, message: 'No update source is set, so nobody is asked for new versions.', checkedAt: null }),
  } as { readonly [name: string]: Handler };
}

const BASE = (connected: boolean): Check[] => [
  { name: 'engine', group: 'engine', level: connected ? 'ok' : 'fail', ok: connected, detail: connected ? 'Docker 27.3.1 answers on the default socket.' : 'No engine answers.', ...(connected ? {} : { fix: 'Start the installed Docker engine', change: 'Runs “systemctl start docker” and waits until the engine answers.' }) },
  { name: 'disk', group: 'disk', level: 'ok', ok: true, detail: '48,211 MiB free where the engine keeps its data.' },
  { name: 'engine-version', group: 'versions', level: 'ok', ok: true, detail: 'API 1.47; all that Berth uses is there.' },
  { name: 'berth', group: 'versions', level: 'ok', ok: true, detail: 'Berth 0.0.0 on Node 20.18.1, Electron 33.2.1.' },
];

const TROUBLES: readonly Check[] = [
  { name: 'fuse', group: 'storage', level: 'warn', ok: true, detail: 'There is no /dev/fuse, so buckets cannot be mounted. Everything else of storage works.', fix: 'sudo modprobe fuse' },
  { name: 'storage-images', group: 'storage', level: 'ok', ok: true, detail: 'The images of storage are here: minio, rclone.' },
  { name: 'local-api', group: 'ports', level: 'fail', ok: false, detail: 'The local API is switched on, but it listens nowhere.', fix: 'berth settings set api.port <a free port>' },
  { name: 'file-watch', group: 'disk', level: 'fail', ok: false, detail: 'Only 8192 files and folders can be watched, so changes in a large project may be missed.', fix: 'sudo sysctl fs.inotify.max_user_watches=524288', change: 'Asks for an administrator and sets it until the next start.' },
  { name: 'state-folder', group: 'permissions', level: 'ok', ok: true, detail: '/home/ada/.local/state/berth can be written to.' },
];

import { AppError } from '@shared/kernel/app-error';

/** A service as the list of the world has it. */
export interface WorldService {
  readonly name: string;
  readonly state: string;
  readonly health: string;
  readonly image: string;
  readonly containerIds: readonly string[];
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly mode: string | null;
  readonly mounts: readonly { readonly type: string; readonly source: string; readonly target: string; readonly readOnly: boolean }[];
}

interface ServicesWorld {
  readonly dir: string;
  /** What a hostile world writes into every text. */
  readonly mark: string;
  readonly services: () => readonly WorldService[];
}

type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;

const DOTS = '••••••';

/** Everything about one service, and a shell that repeats what is typed. */
export function serviceHandlers({ dir, mark, services }: ServicesWorld): { readonly [name: string]: Handler } {
  const typed = new Map<string, (text: string) => void>();
  const find = (name: string): WorldService => {
    const found = services().find((one) => one.name === name);
    if (found === undefined) throw new AppError('service-not-found', `shop has no service called ${name}.`);
    return found;
  };
  return {
    'services.inspect': async (input: { readonly service: string }) => detailOf(find(input.service), dir, mark),
    'services.variable': async (input: { readonly name: string }) => ({ name: input.name, value: 'correct horse battery staple' }),
    'services.attach': async (input: { readonly service: string; readonly input: string; readonly command: readonly string[] }, call: { readonly signal: AbortSignal }, push) => {
      const write = (text: string): void => push({ type: 'output', stream: 'stdout', base64: Buffer.from(text).toString('base64') });
      push({ type: 'started' });
      if (input.command.length > 0) {
        write(`ran ${input.command.at(-1) ?? ''}${mark}\n`);
        return push({ type: 'exit', code: 0 });
      }
      write(`\u001b[32m${input.service}\u001b[0m:/app# ${mark}`);
      typed.set(input.input, (text) => write(text.replaceAll('\r', '\r\n')));
      await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve(), { once: true }));
      typed.delete(input.input);
    },
    'services.attach-input': async (input: { readonly input: string; readonly base64?: string }) => {
      typed.get(input.input)?.(Buffer.from(input.base64 ?? '', 'base64').toString());
      return { open: typed.has(input.input) };
    },
    'services.attach-resize': async (input: { readonly input: string }) => ({ open: typed.has(input.input) }),
    'services.attach-taken': async (input: { readonly input: string }) => ({ open: typed.has(input.input) }),
  };
}

function detailOf(service: WorldService, dir: string, mark: string): unknown {
  const file = `${dir}/docker-compose.dev.yml`;
  const up = service.state === 'running';
  const unwell = service.health === 'unhealthy';
  const probe = (secondsAgo: number): unknown => ({ at: new Date(Date.now() - secondsAgo * 1_000).toISOString(), tookMs: unwell ? 2_004 : 38, exitCode: unwell ? 7 : 0, output: unwell ? `curl: (7) Failed to connect to localhost port 9200 after 2 ms: Could not connect to server${mark}` : `{"status":"green"}${mark}` });
  return {
    service,
    mode: service.mode,
    containers: service.containerIds.map((id, index) => ({ id, name: `shop-${service.name}-${String(index + 1)}`, state: up ? 'running' : 'exited', health: service.health, createdAt: service.startedAt, startedAt: service.startedAt, finishedAt: up ? null : new Date(Date.now() - 60_000).toISOString(), exitCode: up ? null : 137, restarts: service.restarts, outOfMemory: !up, error: '', command: ['node', `dist/main.js${mark}`], user: 'node', restartPolicy: 'unless-stopped' })),
    health: up ? { container: `shop-${service.name}-1`, check: ['curl', '--fail', 'http://localhost:9200/_cluster/health'], failingStreak: unwell ? 4 : 0, probes: [probe(3), probe(13), probe(23)] } : null,
    mounts: service.mounts.map((mount) => ({ ...mount, sizeBytes: mount.type === 'volume' ? 1_300_234_240 : null })),
    environment: [
      { name: 'DATABASE_PASSWORD', value: DOTS, masked: true, from: 'file', source: `environment of ${service.name}, docker-compose.dev.yml:14`, through: ['POSTGRES_PASSWORD from .env:3'], where: { file, line: 14, column: 7 }, shadowed: [], stale: false },
      { name: 'LOG_LEVEL', value: `debug${mark}`, masked: false, from: 'file', source: `env_file ${service.name}.env:2`, through: [], where: { file: `${dir}/${service.name}.env`, line: 2 }, shadowed: [{ source: 'image', value: 'info' }], stale: false },
      { name: 'NODE_ENV', value: 'production', masked: false, from: 'image', source: 'image', through: [], shadowed: [], stale: true },
      { name: 'NODE_VERSION', value: '20.18.1', masked: false, from: 'image', source: 'image', through: [], shadowed: [], stale: false },
      { name: 'PATH', value: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', masked: false, from: 'image', source: 'image', through: [], shadowed: [], stale: false },
      { name: 'PUBLIC_URL', value: 'http://localhost:8000', masked: false, from: 'file', source: `environment of ${service.name}, docker-compose.dev.yml:16`, through: ['API_PORT by its default'], where: { file, line: 16, column: 7 }, shadowed: [], stale: false },
    ],
    image: { reference: service.image, id: `sha256:${'4f1e2d3c'.repeat(8)}`, createdAt: new Date(Date.now() - 3 * 86_400_000).toISOString(), sizeBytes: 412_876_800, digests: [], platform: 'linux/amd64' },
    build: { context: `${dir}/${service.name}`, dockerfile: 'Dockerfile', target: 'dev', args: ['NODE_VERSION'], where: { file, line: 9, column: 5 } },
    limits: { cpus: 1, memoryBytes: 1_073_741_824, reservedMemoryBytes: 536_870_912, processes: null },
    networks: [{ container: `shop-${service.name}-1`, name: 'shop_default', ipAddress: '172.19.0.4', ipv6Address: '', gateway: '172.19.0.1', macAddress: '02:42:ac:13:00:04', aliases: [service.name] }],
  };
}

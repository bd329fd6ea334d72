import type { Server } from 'node:http';
import type { Alerts } from '@main/alerts/types';
import type { Logger } from '@main/platform/types';
import type { Settings } from '@main/settings/types';
import { bind } from './bind';

const HOST = '127.0.0.1';
const PORTS_TRIED = 50;
const LAST_PORT = 65_535;

export interface TcpDoorOptions {
  readonly settings: Pick<Settings, 'get' | 'onChanged'>;
  readonly alerts?: Pick<Alerts, 'raise' | 'clear'> | undefined;
  readonly logger: Logger;
  /** A server that is not listening yet; it learns its port before the first connection. */
  readonly createServer: (port: number) => Server;
  /** The token is there before the port is open. */
  readonly beforeOpen: () => Promise<void>;
  readonly onChanged: (url: string | null) => Promise<void>;
  /** Ends what has been open on it. */
  readonly onClosing: () => void;
}

/** The API on 127.0.0.1: open exactly while the settings say so. */
export interface TcpDoor {
  url(): string | null;
  start(): Promise<void>;
  /** Resolves when everything that the settings asked for so far is done. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const PORT_TAKEN = { code: 'API-PORT-TAKEN', object: 'api.port', projectId: null, service: null };

export function createTcpDoor(options: TcpDoorOptions): TcpDoor {
  let open: { readonly server: Server; readonly port: number; readonly wantedPort: number } | null = null;
  let work: Promise<void> = Promise.resolve();
  let stopped = false;
  const url = (): string | null => (open === null ? null : `http://${HOST}:${open.port}`);

  async function follow(): Promise<void> {
    const wantedPort = !stopped && options.settings.get('api.tcp') ? options.settings.get('api.port') : null;
    // Nobody wants the port any more: also what an earlier process said of it is over. The end of this one ends nothing.
    if (wantedPort === null && !stopped) await options.alerts?.clear(PORT_TAKEN);
    if (open?.wantedPort === wantedPort || (open === null && wantedPort === null)) return;
    if (open !== null) await shut(open.server);
    open = null;
    if (wantedPort !== null) {
      await options.beforeOpen();
      open = await openNear(wantedPort);
      await say(wantedPort, open?.port ?? null);
    }
    await options.onChanged(url());
  }

  async function openNear(wantedPort: number): Promise<typeof open> {
    for (let port = wantedPort; port < wantedPort + PORTS_TRIED && port <= LAST_PORT; port += 1) {
      const server = options.createServer(port);
      try {
        await bind(server, () => server.listen({ host: HOST, port, exclusive: true }));
        return { server, port, wantedPort };
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      }
    }
    return null;
  }

  async function say(wantedPort: number, port: number | null): Promise<void> {
    if (port === wantedPort) {
      options.logger.info('The local API listens on 127.0.0.1', { port });
      return options.alerts?.clear(PORT_TAKEN);
    }
    const message = port === null ? `No port from ${wantedPort} on is free: the local API is not on ${HOST}.` : `Port ${wantedPort} is taken: the local API listens on ${HOST}:${port}.`;
    options.logger.warn(message);
    await options.alerts?.raise({ ...PORT_TAKEN, severity: port === null ? 'error' : 'warning', message, hint: 'Choose another port in the settings (api.port), or end what uses it.' });
  }

  async function shut(server: Server): Promise<void> {
    options.onClosing();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), 200);
    await closed;
    clearTimeout(timer);
  }

  function next(): Promise<void> {
    work = work.then(follow).catch((error: unknown) => options.logger.error('The local API on 127.0.0.1 could not be changed', { error }));
    return work;
  }

  const subscription = options.settings.onChanged((key) => {
    if (key === 'api.tcp' || key === 'api.port') void next();
  });
  return {
    url,
    start: next,
    settled: () => work,
    stop() {
      stopped = true;
      subscription.dispose();
      return next();
    },
  };
}

import { spawn } from 'node:child_process';
import { ensureTool } from '../../scripts/lib/storage-tools.mjs';
import { engineJson } from './images';
import { freePort } from './private-engine';
import { answers, waitUntil, type StorageStage } from './storage';

/** A proxy before the S3 server that can be slow, cut or gone. */
export interface BadNetwork {
  readonly endpoint: string;
  /** From containers in the stage's network. */
  readonly endpointInside: string;
  /** For example `{type: 'latency', attributes: {latency: 20}}`, `{type: 'timeout', attributes: {timeout: 0}}`, `{type: 'limit_data', attributes: {bytes: 1000}}`. */
  add(toxic: { readonly type: string; readonly stream?: 'upstream' | 'downstream'; readonly attributes: Readonly<Record<string, number>> }): Promise<void>;
  /** Every toxic away, and the proxy on. */
  heal(): Promise<void>;
  /** Connections are refused. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts toxiproxy before the server of a stage. */
export async function badNetwork(stage: StorageStage): Promise<BadNetwork> {
  const apiPort = await freePort();
  const port = await freePort();
  const server = spawn(await ensureTool('toxiproxy-server'), ['-host', '127.0.0.1', '-port', String(apiPort)], { stdio: 'ignore' });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const call = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${apiPort}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`toxiproxy ${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  try {
    await waitUntil(() => answers(`http://127.0.0.1:${apiPort}/version`), 10_000, 'toxiproxy answers');
    await call('POST', '/proxies', { name: 's3', listen: `0.0.0.0:${port}`, upstream: new URL(stage.endpoint).host, enabled: true });
  } catch (error) {
    server.kill('SIGKILL');
    throw error;
  }
  const { IPAM } = await engineJson<{ IPAM: { Config: { Gateway: string }[] } }>('GET', `/networks/${stage.network}`);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    endpointInside: `http://${IPAM.Config[0]?.Gateway ?? ''}:${port}`,
    add: (toxic) => call('POST', '/proxies/s3/toxics', toxic),
    heal: () => call('POST', '/reset'),
    cut: () => call('POST', '/proxies/s3', { enabled: false }),
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

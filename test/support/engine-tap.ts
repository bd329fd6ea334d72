import { startDockerProxy, type RecordedRequest } from './docker-proxy';
import { EngineOracle, type DeclaredTrust } from './engine-oracle';

/** A socket in front of the engine: everything that goes through is written down and judged at the end of the run. */
export interface EngineTap {
  readonly socketPath: string;
  /** For DOCKER_HOST. */
  readonly uri: string;
  readonly requests: readonly RecordedRequest[];
  /** Everything but reads. */
  changes(): readonly RecordedRequest[];
  /** A project of this run and what was agreed to for it. */
  declare(trust: DeclaredTrust): void;
  /** What should not have been sent; empty is good. */
  violations(): readonly string[];
  close(): Promise<void>;
  /** Closes and throws when something was sent that should not have been. */
  finish(): Promise<void>;
}

/** Whose an id is, is in these answers. */
const TELLING = /^\/(?:containers|networks|volumes)\/(?:create|[^/]+|[^/]+\/json)$/;

/** Starts a tap. `folder`: where its socket is made; by default a folder of its own that only this user may enter. */
export async function tapEngine(options: { readonly target?: string; readonly folder?: string; readonly declared?: readonly DeclaredTrust[] } = {}): Promise<EngineTap> {
  const seen = new Set<string>();
  const keepsAnswer = ({ method, path, status }: RecordedRequest): boolean => {
    if (status < 200 || status > 299 || !TELLING.test(path) || path === '/containers/json') return false;
    if (method === 'POST') return path.endsWith('/create');
    // Labels never change: one look at each is enough.
    if (method !== 'GET' || seen.has(path)) return false;
    seen.add(path);
    return true;
  };
  const proxy = await startDockerProxy({ ...(options.target === undefined ? {} : { target: options.target }), ...(options.folder === undefined ? {} : { folder: options.folder }), keepsAnswer });
  const declared = [...(options.declared ?? [])];
  const violations = (): readonly string[] => new EngineOracle(declared).violations(proxy.requests);
  return {
    socketPath: proxy.socketPath,
    uri: proxy.uri,
    requests: proxy.requests,
    changes: () => proxy.changes(),
    declare: (trust) => void declared.unshift(trust),
    violations,
    close: () => proxy.close(),
    async finish() {
      await proxy.close();
      const found = violations();
      if (found.length > 0) throw new Error(`${String(found.length)} calls to the engine were against the declared trust:\n${found.slice(0, 20).join('\n')}`);
    },
  };
}

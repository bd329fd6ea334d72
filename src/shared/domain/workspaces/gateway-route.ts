/** What an address of the gateway stands for. */
export type GatewayRoute =
  | { readonly kind: 'list' }
  | { readonly kind: 'monitor'; readonly format: 'html' | 'json' }
  | { readonly kind: 'logs'; readonly workspace: string }
  /** The workspace itself, without its slash: pages in it would find nothing beneath it. */
  | { readonly kind: 'redirect'; readonly workspace: string; readonly location: string }
  | { readonly kind: 'workspace'; readonly workspace: string; readonly prefix: string; readonly path: string }
  | { readonly kind: 'bad' };

/** Header lines of a message by their lower-case names, as Node has them. */
export type HeaderMap = { readonly [name: string]: string | readonly string[] | undefined };

const RESERVED = new Set(['monitor', 'monitor.json']);
const OWN_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
/** Meant for the next machine alone, and what this door says itself. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
const SAID_HERE = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix', 'x-forwarded-port', 'forwarded'];

/** A name whose address is the gateway's own. */
export function isReservedWorkspace(name: string): boolean {
  return RESERVED.has(name.toLowerCase());
}

/** Whether a Host header names this machine: another name that leads here is a page of somebody else that reaches in. */
export function isOwnHost(host: string | undefined): boolean {
  return host !== undefined && OWN_HOST.test(host);
}

/** What is asked for. `target` is the request line's: only a path is taken, never another machine's address. */
export function gatewayRoute(target: string): GatewayRoute {
  if (!target.startsWith('/') || /[\0\r\n]/.test(target)) return { kind: 'bad' };
  const [path = '', ...rest] = target.split('?');
  const query = rest.length === 0 ? '' : `?${rest.join('?')}`;
  if (path === '/') return { kind: 'list' };
  const slash = path.indexOf('/', 1);
  const first = decoded(slash === -1 ? path.slice(1) : path.slice(1, slash));
  if (first === null || first === '' || first === '.' || first === '..' || /[/\\\0]/.test(first)) return { kind: 'bad' };
  const below = slash === -1 ? '' : path.slice(slash);
  if (isReservedWorkspace(first)) return ownRoute(first.toLowerCase(), below);
  const prefix = `/${encodeURIComponent(first)}`;
  if (below === '') return { kind: 'redirect', workspace: first, location: `${prefix}/${query}` };
  return { kind: 'workspace', workspace: first, prefix, path: `${below}${query}` };
}

function ownRoute(name: string, below: string): GatewayRoute {
  if (name === 'monitor.json') return below === '' ? { kind: 'monitor', format: 'json' } : { kind: 'bad' };
  if (below === '' || below === '/') return { kind: 'monitor', format: 'html' };
  const workspace = decoded(/^\/logs\/([^/]+)$/.exec(below)?.[1] ?? '');
  return workspace === null || workspace === '' ? { kind: 'bad' } : { kind: 'logs', workspace };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Headers without those of this one connection, also the ones that it names itself. */
export function endToEndHeaders(headers: HeaderMap): { readonly [name: string]: string | readonly string[] } {
  const named = [headers['connection'] ?? []].flat().flatMap((line) => line.split(',').map((one) => one.trim().toLowerCase()));
  const left = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined || left.has(name.toLowerCase()) ? [] : [[name, value] as const])));
}

/** Headers of a request as a workspace gets it. `upgrade`: it changes to another protocol, which is said once more. */
export function requestHeaders(headers: HeaderMap, prefix: string): { readonly [name: string]: string | readonly string[] } {
  const upgrade = headers['upgrade'];
  const kept = Object.fromEntries(Object.entries(endToEndHeaders(headers)).filter(([name]) => !SAID_HERE.includes(name)));
  return {
    ...kept,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': [headers['host'] ?? ''].flat()[0] ?? '',
    'x-forwarded-prefix': prefix,
    ...(typeof upgrade === 'string' ? { connection: 'Upgrade', upgrade } : { connection: 'close' }),
    ...(headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
  };
}

/** Headers of an answer; one that sends the browser to a path of the workspace sends it there behind the gateway too. */
export function answerHeaders(headers: HeaderMap, prefix: string): { readonly [name: string]: string | readonly string[] } {
  const kept = endToEndHeaders(headers);
  const { location } = kept;
  return typeof location === 'string' && /^\/(?![/\\])/.test(location) ? { ...kept, location: `${prefix}${location}` } : kept;
}

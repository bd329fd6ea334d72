import type { IncomingHttpHeaders } from 'node:http';
import { refusal, type Answer } from './answers';

/** Where a request came in. The socket's file mode says who may use it; on TCP a token does. */
export type Door = { readonly kind: 'socket' } | { readonly kind: 'tcp'; readonly port: number };

export interface GuardedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}

/** Routes that answer without a token: whether Berth is there is no secret. */
export const HEALTH_PATHS: readonly string[] = ['/health', '/v1/health'];

/**
 * Why a request is refused before anything of it is looked at, or null. No program of ours sends an Origin: whoever does is a
 * page in a browser. A Host that is not ours means that a page made its own name lead to 127.0.0.1.
 */
export function guard(door: Door, request: GuardedRequest, tokenMatches: (given: string) => boolean): Answer | null {
  if (request.headers.origin !== undefined || isCrossSite(request.headers['sec-fetch-site'])) return refusal(403, 'policy-refused', 'Browsers may not use the local API.');
  if (request.url?.startsWith('/') !== true) return refusal(400, 'input-invalid', 'A request names a path that begins with "/".');
  if (door.kind === 'socket') return null;
  if (!isOwnHost(request, door.port)) return refusal(403, 'policy-refused', `The local API is called 127.0.0.1:${door.port} or localhost:${door.port}.`);
  if (request.method === 'GET' && HEALTH_PATHS.includes(pathOf(request.url))) return null;
  const given = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given !== undefined && tokenMatches(given)) return null;
  return refusal(401, 'policy-refused', given === undefined ? 'The local API on 127.0.0.1 needs its token.' : 'That is not the token of the local API.', {
    hint: 'Send "Authorization: Bearer" with the content of the file api-token in Berth’s state folder.',
    headers: { 'www-authenticate': given === undefined ? 'Bearer realm="berth"' : 'Bearer realm="berth", error="invalid_token"' },
  });
}

/** The path without its query. */
export function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? '';
}

/** Also a link or picture in a page, which has no Origin. `none` is somebody who typed the address. */
function isCrossSite(site: string | string[] | undefined): boolean {
  return site !== undefined && site !== 'none';
}

function isOwnHost(request: GuardedRequest, port: number): boolean {
  const given = request.rawHeaders.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === 'host');
  return given.length === 1 && [`127.0.0.1:${port}`, `localhost:${port}`].includes((given[0] ?? '').toLowerCase());
}

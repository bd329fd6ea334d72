import { fieldOf, listOf } from './read-json';
import { BODY_TABLE, EachShape, QUERY_TABLE, type VerdictShape } from './verdict-table';

/** What a call to the engine does, for the rule that judges it. */
export type EndpointEffect =
  | 'read'
  | 'create-container'
  | 'change-container'
  | 'pause-container'
  | 'attach-container'
  | 'create-network'
  | 'remove-network'
  | 'join-network'
  | 'create-volume'
  | 'remove-volume'
  | 'build'
  | 'session'
  | 'pull'
  | 'tag'
  | 'untag'
  | 'prune-build-cache'
  | 'create-exec'
  | 'start-exec'
  | 'resize-exec';

/** One endpoint Berth uses. `subject` is the id or name inside the path. */
export interface Endpoint {
  readonly effect: EndpointEffect;
  readonly subject: string;
}

const ID = '([a-zA-Z0-9][a-zA-Z0-9_.-]*)';
const REFERENCE = '([a-zA-Z0-9][a-zA-Z0-9_.:@/-]*)';

const ENDPOINTS: readonly (readonly [methods: string, path: RegExp, effect: EndpointEffect])[] = [
  ['GET HEAD', /^\/_ping$/, 'read'],
  ['GET', /^\/(?:version|info|events|networks|volumes|system\/df)$/, 'read'],
  ['GET', /^\/(?:containers|images)\/json$/, 'read'],
  ['GET', new RegExp(`^/containers/${ID}/(?:json|logs|top|stats|archive)$`), 'read'],
  ['HEAD', new RegExp(`^/containers/${ID}/archive$`), 'read'],
  ['POST', new RegExp(`^/containers/${ID}/wait$`), 'read'],
  ['GET', new RegExp(`^/networks/${ID}$`), 'read'],
  ['GET', new RegExp(`^/volumes/${ID}$`), 'read'],
  ['GET', new RegExp(`^/images/${REFERENCE}/json$`), 'read'],
  ['GET', new RegExp(`^/exec/${ID}/json$`), 'read'],
  ['POST', /^\/containers\/create$/, 'create-container'],
  ['POST', new RegExp(`^/containers/${ID}/(?:start|stop|kill|restart|rename|update)$`), 'change-container'],
  ['POST', new RegExp(`^/containers/${ID}/(?:pause|unpause)$`), 'pause-container'],
  ['POST', new RegExp(`^/containers/${ID}/attach$`), 'attach-container'],
  ['PUT', new RegExp(`^/containers/${ID}/archive$`), 'change-container'],
  ['DELETE', new RegExp(`^/containers/${ID}$`), 'change-container'],
  ['POST', new RegExp(`^/containers/${ID}/exec$`), 'create-exec'],
  ['POST', new RegExp(`^/exec/${ID}/start$`), 'start-exec'],
  ['POST', new RegExp(`^/exec/${ID}/resize$`), 'resize-exec'],
  ['POST', /^\/networks\/create$/, 'create-network'],
  ['DELETE', new RegExp(`^/networks/${ID}$`), 'remove-network'],
  ['POST', new RegExp(`^/networks/${ID}/(?:connect|disconnect)$`), 'join-network'],
  ['POST', /^\/volumes\/create$/, 'create-volume'],
  ['DELETE', new RegExp(`^/volumes/${ID}$`), 'remove-volume'],
  ['POST', /^\/build$/, 'build'],
  ['POST', /^\/session$/, 'session'],
  ['POST', /^\/images\/create$/, 'pull'],
  ['POST', new RegExp(`^/images/${REFERENCE}/tag$`), 'tag'],
  ['DELETE', new RegExp(`^/images/${REFERENCE}$`), 'untag'],
  ['POST', /^\/build\/prune$/, 'prune-build-cache'],
];

/** The endpoint a call is for; null when Berth has no use for it, which refuses it. */
export function endpointOf(method: string, path: string): Endpoint | null {
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return null;
  for (const [methods, pattern, effect] of ENDPOINTS) {
    const match = methods.split(' ').includes(method) ? pattern.exec(path) : null;
    if (match !== null) return { effect, subject: match[1] ?? '' };
  }
  return null;
}

/** A field that stands in the way, and whether Berth has a rule for it at all. */
export interface RefusedField {
  readonly field: string;
  readonly known: boolean;
}

/** No value: what a field that is refused may hold all the same. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function refusedIn(value: unknown, shape: VerdictShape, path: string): RefusedField | null {
  if (shape === 'allow' || shape === 'ask') return null;
  if (shape === 'refuse') return isEmpty(value) ? null : { field: path, known: true };
  if (typeof shape === 'function') return shape(value) ? null : { field: path, known: true };
  if (value === null || value === undefined) return null;
  if (Array.isArray(shape)) {
    for (const [index, item] of listOf(value).entries()) {
      const found = refusedIn(item, (shape as readonly [VerdictShape])[0], `${path}[${index}]`);
      if (found !== null) return found;
    }
    return Array.isArray(value) ? null : { field: path, known: false };
  }
  if (typeof value !== 'object' || Array.isArray(value)) return { field: path, known: false };
  return refusedAmong(value, shape as EachShape | { readonly [field: string]: VerdictShape }, path);
}

function refusedAmong(value: object, shape: EachShape | { readonly [field: string]: VerdictShape }, path: string): RefusedField | null {
  for (const [field, inner] of Object.entries(value)) {
    const here = path === '' ? field : `${path}.${field}`;
    if (shape instanceof EachShape) {
      const found = refusedIn(inner, shape.shape, here);
      if (found !== null) return found;
      continue;
    }
    const own = Object.hasOwn(shape, field) ? shape[field] : undefined;
    if (own === undefined) {
      if (inner === undefined) continue;
      return { field: here, known: false };
    }
    const found = refusedIn(inner, own, here);
    if (found !== null) return found;
  }
  return null;
}

/** The first field of a body that may not be sent, or null. A new field of the engine is refused until it has a rule. */
export function refusedField(effect: EndpointEffect | 'update-container', body: unknown): RefusedField | null {
  const shape = Object.hasOwn(BODY_TABLE, effect) ? BODY_TABLE[effect] : undefined;
  if (shape === undefined) return isEmpty(body) ? null : { field: 'body', known: false };
  return refusedIn(body, shape, '');
}

/** The first parameter of an address that may not be sent, or null. */
export function refusedParameter(effect: EndpointEffect, query: { readonly [name: string]: unknown } | undefined): RefusedField | null {
  return refusedIn(query ?? {}, Object.hasOwn(QUERY_TABLE, effect) ? (QUERY_TABLE[effect] ?? {}) : {}, '');
}

/** The only thing Berth changes in a container that exists. */
export function updateAllowed(payload: unknown): boolean {
  return fieldOf(payload, 'RestartPolicy') !== undefined && refusedField('update-container', payload) === null;
}

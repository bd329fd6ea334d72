import type { ComposeMount, ComposePort, ComposeService } from '../compose/model';
import type { ObservedContainer, ObservedPort } from '../engine/observed';
import { compareText } from './active-mode';
import type { FieldDifference } from './plan';

/** What differs between two definitions of a service, for the reader: reasons in words, and field by field. */
export interface Differences {
  readonly reasons: readonly string[];
  readonly fields: readonly FieldDifference[];
}

/** Stands for what may be a secret. */
export const MASK = '•••';
/** Not part of what a container is made from (docker compose leaves them out of its hash as well). */
const IGNORED: ReadonlySet<string> = new Set(['build', 'pull_policy', 'scale', 'depends_on', 'profiles', 'develop', 'attach', 'environment', 'volumes', 'ports', 'image']);
const MAX_TEXT = 160;

/** Compares the definition a container was made from with the one it shall have. Values of environment variables never appear. */
export function serviceDifferences(old: ComposeService, next: ComposeService, dir: string): Differences {
  const fields: FieldDifference[] = [];
  const reasons: string[] = [];
  if (old.image !== next.image || !same(buildFacts(old), buildFacts(next))) {
    reasons.push('image changes');
    fields.push(...imageFields(old, next));
  }
  addListChange(reasons, fields, 'mount', (old.volumes ?? []).map((one) => mountText(one, dir)), (next.volumes ?? []).map((one) => mountText(one, dir)));
  addListChange(reasons, fields, 'port', (old.ports ?? []).map(portText), (next.ports ?? []).map(portText));
  addEnvironment(reasons, fields, old.environment ?? {}, next.environment ?? {});
  for (const key of [...new Set([...Object.keys(old), ...Object.keys(next)])].sort(compareText)) {
    if (IGNORED.has(key)) continue;
    const [from, to] = [hashed(key, old), hashed(key, next)];
    if (same(from, to)) continue;
    reasons.push(changesText(words(key)));
    fields.push({ field: words(key), from: valueText(key, from), to: valueText(key, to) });
  }
  return { reasons, fields };
}

/** The same from what the engine says of a container whose definition is not known any more. */
export function observedDifferences(old: ObservedContainer, next: ComposeService, volumeName: (key: string) => string, dir: string): Differences {
  const fields: FieldDifference[] = [];
  const reasons: string[] = [];
  if (next.image !== undefined && old.imageRef !== '' && old.imageRef !== next.image) {
    reasons.push('image changes');
    fields.push({ field: 'image', from: old.imageRef, to: next.image });
  }
  const wanted = (next.volumes ?? []).filter((one) => one.source !== undefined && (one.type === 'bind' || one.type === 'volume'));
  const named = wanted.map((one) => mountText(one.type === 'volume' ? { ...one, source: volumeName(one.source ?? '') } : one, dir));
  const present = old.mounts
    .filter((one) => one.type === 'bind' || (one.type === 'volume' && !/^[0-9a-f]{64}$/.test(one.source)))
    .map((one) => `${relative(one.source, dir)}:${one.target}${one.readOnly ? ':ro' : ''}`);
  addListChange(reasons, fields, 'mount', present, named);
  const ports = (next.ports ?? []).filter((one) => one.published !== undefined);
  addListChange(reasons, fields, 'port', distinct(old.requestedPorts.filter((one) => one.hostPort !== 0).map(observedPortText)), ports.map(portText));
  return { reasons, fields };
}

/** One port as a compose file writes it: 127.0.0.1:8000:80/udp. */
export function portText(port: ComposePort): string {
  const host = port.host_ip === undefined || port.host_ip === '' || port.host_ip === '0.0.0.0' ? '' : `${port.host_ip}:`;
  const published = port.published === undefined ? '' : `${host}${port.published}:`;
  return `${published}${String(port.target)}${port.protocol === 'tcp' ? '' : `/${port.protocol}`}`;
}

/** One mount as a compose file writes it, with the host path relative to the project folder. */
export function mountText(mount: ComposeMount, dir: string): string {
  if (mount.type === 'tmpfs') return `tmpfs:${mount.target}`;
  const source = mount.source === undefined ? '' : `${mount.type === 'bind' ? relative(mount.source, dir) : mount.source}:`;
  return `${source}${mount.target}${mount.read_only === true ? ':ro' : ''}`;
}

function observedPortText(port: ObservedPort): string {
  const host = port.hostIp === '' || port.hostIp === '0.0.0.0' || port.hostIp === '::' ? '' : `${port.hostIp}:`;
  return `${host}${String(port.hostPort)}:${String(port.containerPort)}${port.protocol === 'tcp' ? '' : `/${port.protocol}`}`;
}

function addListChange(reasons: string[], fields: FieldDifference[], noun: string, from: readonly string[], to: readonly string[]): void {
  const gone = from.filter((one) => !to.includes(one));
  const added = to.filter((one) => !from.includes(one));
  const count = gone.length + added.length;
  if (count === 0) return;
  const list = [...gone.map((one) => `-${one}`), ...added.map((one) => `+${one}`)].join(', ');
  reasons.push(`${String(count)} ${noun}${count === 1 ? ' changes' : 's change'}: ${shorten(list)}`);
  for (const one of gone) fields.push({ field: noun, from: one, to: '' });
  for (const one of added) fields.push({ field: noun, from: '', to: one });
}

function addEnvironment(reasons: string[], fields: FieldDifference[], from: { readonly [name: string]: string | null }, to: { readonly [name: string]: string | null }): void {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => from[name] !== to[name]).sort(compareText);
  reasons.push(...variablesText(names));
  for (const name of names) {
    fields.push({ field: `environment ${name}`, from: Object.hasOwn(from, name) ? MASK : '', to: Object.hasOwn(to, name) ? MASK : '' });
  }
}

/** The reason for variables of these names that change; none for none. */
export function variablesText(names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${String(names.length)} environment variable${names.length === 1 ? ' changes' : 's change'}: ${shorten(names.join(', '))}`];
}

/** The reason for one field that changes: "restart changes", "networks change". */
export function changesText(field: string): string {
  return `${field} change${/[^s]s$/.test(field) ? '' : 's'}`;
}

function buildFacts(service: ComposeService): unknown {
  const build = service.build;
  if (build === undefined) return null;
  return { context: build.context, dockerfile: build.dockerfile, inline: build.dockerfile_inline, target: build.target, args: build.args };
}

function imageFields(old: ComposeService, next: ComposeService): readonly FieldDifference[] {
  const fields: FieldDifference[] = [];
  if (old.image !== next.image) fields.push({ field: 'image', from: old.image ?? '', to: next.image ?? '' });
  for (const key of ['context', 'dockerfile', 'target'] as const) {
    const [from, to] = [old.build?.[key], next.build?.[key]];
    if (from !== to) fields.push({ field: `build ${key}`, from: from ?? '', to: to ?? '' });
  }
  const args = new Set([...Object.keys(old.build?.args ?? {}), ...Object.keys(next.build?.args ?? {})]);
  for (const name of [...args].sort(compareText)) {
    if (old.build?.args?.[name] !== next.build?.args?.[name]) fields.push({ field: `build argument ${name}`, from: old.build?.args?.[name] === undefined ? '' : MASK, to: next.build?.args?.[name] === undefined ? '' : MASK });
  }
  return fields;
}

/** `deploy.replicas` is no property of a container. */
function hashed(key: string, service: ComposeService): unknown {
  const value = (service as unknown as { readonly [key: string]: unknown })[key];
  if (key !== 'deploy' || typeof value !== 'object' || value === null) return value ?? undefined;
  return { ...value, replicas: undefined };
}

/** Free text values may carry secrets (a password in a command or a label): they are shown only where that is most unlikely. */
function valueText(key: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (key === 'labels' || key === 'secrets' || key === 'configs' || key === 'logging') return MASK;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return shorten(maskText(value.join(' ')));
  return shorten(maskText(typeof value === 'string' ? value : JSON.stringify(value)));
}

/** Hides what looks like a secret in a command line or an address. */
export function maskText(text: string): string {
  return text
    .replace(/((?:pass(?:word|wd)?|secret|token|api[-_]?key|credentials?|auth)[^\s=:,"']{0,40}[\s=:]+"?)[^\s,"']+/gi, `$1${MASK}`)
    .replace(/(\/\/[^\s/:@]+:)[^\s@]+@/g, `$1${MASK}@`);
}

function relative(path: string, dir: string): string {
  if (path === dir) return '.';
  return path.startsWith(`${dir}/`) ? `./${path.slice(dir.length + 1)}` : path;
}

function words(key: string): string {
  return key.replace(/_/g, ' ');
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

function distinct(list: readonly string[]): readonly string[] {
  return [...new Set(list)];
}

/** Deep equality of plain data, whatever the order of keys; undefined equals absent. */
function same(a: unknown, b: unknown): boolean {
  return canonicalText(a) === canonicalText(b);
}

/** A text equal for equal data: keys sorted, undefined left out. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => compareText(a, b));
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalText(one)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

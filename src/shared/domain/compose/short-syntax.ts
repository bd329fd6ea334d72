import { cleanContainerPath } from './go-values';
import { boolNode, intNode, mapNode, stringNode, type At, type ComposeNode, type MapNode, type ScalarNode } from './node';
import { composeInvalid } from './refusals';

interface ParsedMount {
  source?: string;
  target: string;
  type: 'bind' | 'volume';
  readOnly?: boolean;
  noCopy?: boolean;
  propagation?: string;
  selinux?: string;
}

const PROPAGATIONS = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);

/** The target of a short volume, as merging compares it. */
export function mountTarget(node: ScalarNode): string {
  return parseMount(node.text, node.at).target;
}

/** `[source:]target[:options]` (compose-spec 05-services, volumes). A source that starts with `.`, `/`, `~` or a drive is a path, else a volume. */
function parseMount(spec: string, at: At): ParsedMount {
  if (spec === '') throw composeInvalid('This volume is empty.', at);
  if (spec.length <= 2) return { target: spec, type: 'volume' };
  const parts = splitMount(spec);
  if (parts.some((part) => part === '')) throw composeInvalid(`The volume "${spec}" has an empty part between its colons.`, at);
  if (parts.length > 3) throw composeInvalid(`The volume "${spec}" has too many colons.`, at);
  const [first = '', second, options] = parts;
  if (second === undefined) return { target: first, type: 'volume' };
  const mount: ParsedMount = { source: first, target: second, type: isPath(first) ? 'bind' : 'volume' };
  for (const option of options?.split(',') ?? []) {
    if (option === 'ro') mount.readOnly = true;
    else if (option === 'rw') mount.readOnly = false;
    else if (option === 'nocopy') mount.noCopy = true;
    else if (option === 'z' || option === 'Z') mount.selinux = option;
    else if (PROPAGATIONS.has(option)) mount.propagation = option;
  }
  return mount;
}

function splitMount(spec: string): string[] {
  const parts: string[] = [];
  let part = '';
  let inVariable = 0;
  for (let i = 0; i < spec.length; i += 1) {
    const char = spec.charAt(i);
    if (char === '$' && spec.charAt(i + 1) === '{') inVariable += 1;
    else if (char === '}' && inVariable > 0) inVariable -= 1;
    if (char === ':' && inVariable === 0 && !/^\p{L}$/u.test(part)) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part];
}

function isPath(source: string): boolean {
  return /^[./~]/.test(source) || source.startsWith('\\\\') || /^\p{L}:/u.test(source);
}

/** A short volume as the long form. */
export function longMount(node: ScalarNode): MapNode {
  const mount = parseMount(node.text, node.at);
  const { at } = node;
  const text = (value: string): ComposeNode => stringNode(value, at);
  const long = mapNode([['type', text(mount.type)]], at);
  if (mount.source !== undefined) long.entries.set('source', text(mount.source));
  long.entries.set('target', text(cleanContainerPath(mount.target)));
  if (mount.readOnly === true) long.entries.set('read_only', boolNode(true, at));
  if (mount.type === 'bind' || mount.selinux !== undefined || mount.propagation !== undefined) {
    const bind = mapNode([], at);
    if (mount.selinux !== undefined) bind.entries.set('selinux', text(mount.selinux));
    if (mount.propagation !== undefined) bind.entries.set('propagation', text(mount.propagation));
    if (mount.type === 'bind') bind.entries.set('create_host_path', boolNode(true, at));
    long.entries.set('bind', bind);
  }
  if (mount.noCopy === true) long.entries.set('volume', mapNode([['nocopy', boolNode(true, at)]], at));
  else if (mount.type === 'volume' && node.text.length > 2) long.entries.set('volume', mapNode([], at));
  return long;
}

/** `[ip:][host[-range]:]container[-range][/protocol]` as one long port per container port (compose-spec 05-services, ports). */
export function longPorts(node: ScalarNode): MapNode[] {
  const { at } = node;
  const raw = node.text;
  const refuse = (why: string): never => {
    throw composeInvalid(`The port "${raw}" is not valid: ${why}.`, at);
  };
  const parts = raw.split(':');
  const containerPart = parts.pop() ?? '';
  const hostPart = parts.pop() ?? '';
  let address = parts.join(':');
  const slash = containerPart.indexOf('/');
  const container = slash === -1 ? containerPart : containerPart.slice(0, slash);
  const protocol = (slash === -1 ? '' : containerPart.slice(slash + 1)).toLowerCase() || 'tcp';
  if (container === '') refuse('the container port is missing');
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) refuse(`"${protocol}" is not a protocol`);
  if (address.startsWith('[') && address.endsWith(']')) address = address.slice(1, -1);
  if (address !== '' && !isIpAddress(address)) refuse(`"${address}" is not an IP address`);
  const [first, last] = portRange(container) ?? refuse(`"${container}" is not a port`);
  if (first === 0) refuse('the container port must not be 0');
  const host = hostPart === '' ? undefined : (portRange(hostPart) ?? refuse(`"${hostPart}" is not a port`));
  if (host !== undefined && host[1] - host[0] !== last - first && first !== last) refuse('the two port ranges have different lengths');
  const ports: (readonly [number, MapNode])[] = [];
  for (let index = 0; index <= last - first; index += 1) {
    const published = host === undefined ? undefined : first === last && host[0] !== host[1] ? `${host[0]}-${host[1]}` : String(host[0] + index);
    const long = mapNode([['mode', stringNode('ingress', at)]], at);
    if (address !== '') long.entries.set('host_ip', stringNode(address, at));
    long.entries.set('target', intNode(first + index, at));
    if (published !== undefined) long.entries.set('published', stringNode(published, at));
    long.entries.set('protocol', stringNode(protocol, at));
    ports.push([first + index, long]);
  }
  // Compose sorts an expanded range as texts: 10000 comes before 9999.
  return ports.sort(([left], [right]) => (`${left}/` < `${right}/` ? -1 : 1)).map(([, port]) => port);
}

function portRange(text: string): readonly [number, number] | undefined {
  const found = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text);
  if (found === null) return undefined;
  const first = Number(found[1]);
  const last = found[2] === undefined ? first : Number(found[2]);
  return first > 65_535 || last > 65_535 || last < first ? undefined : [first, last];
}

/** Whether a text is an IPv4 or IPv6 address. */
export function isIpAddress(text: string): boolean {
  const four = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;
  if (four.test(text)) return true;
  if (!text.includes(':') || !/^[0-9a-fA-F:.]+$/.test(text)) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  const all = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  for (const [index, group] of all.entries()) {
    if (group.includes('.')) {
      if (index !== all.length - 1 || !four.test(group)) return false;
      groups += 2;
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) groups += 1;
    else return false;
  }
  return halves.length === 2 ? groups <= 7 : groups === 8;
}

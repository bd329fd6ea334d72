import { normalCapability } from '../engine/risky-facts';
import { fieldOf, numberOf, objectOf, textMapOf, textOf, textsOf } from '../engine/read-json';
import type { Json, JsonObject } from '../../kernel/json';
import type { FieldDrift } from './field-drifts';
import { maskText } from './service-differences';

const NONE = 'none';
const MAX_NAMES = 5;
/** Labels that docker compose and Berth write themselves. */
const OWN_LABEL = /^(?:com\.docker\.compose|dev\.berth)\./;

/**
 * What nobody changes on a container that is there, so that it differs only where the definition does: host name, health check, rights,
 * labels, names and addresses on its networks. Only what the file says is compared; the rest may come from the image.
 */
export function definedDrifts(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  return [...nameDrifts(payload, raw), ...healthDrift(payload, raw), ...rightsDrifts(payload, raw), ...labelDrift(payload, raw), ...endpointDrifts(payload, raw)];
}

function drift(field: string, desired: string, actual: string): readonly FieldDrift[] {
  return desired === actual ? [] : [{ field, desired: desired === '' ? NONE : desired, actual: actual === '' ? NONE : actual }];
}

function nameDrifts(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const given = textOf(fieldOf(raw, 'Config', 'Hostname'));
  // Without a name of its own a container has the beginning of its id, or the name of whose network it is in.
  const actual = textOf(fieldOf(raw, 'Id')).startsWith(given) || /^(?:host$|container:)/.test(textOf(fieldOf(raw, 'HostConfig', 'NetworkMode'))) ? '' : given;
  const folder = textOf(payload['WorkingDir']);
  const signal = textOf(payload['StopSignal']);
  return [
    ...drift('hostname', textOf(payload['Hostname']), actual),
    ...(folder === '' ? [] : drift('working directory', folder, textOf(fieldOf(raw, 'Config', 'WorkingDir')))),
    ...(signal === '' ? [] : drift('stop signal', signal, textOf(fieldOf(raw, 'Config', 'StopSignal')))),
  ];
}

function healthDrift(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const wanted = payload['Healthcheck'];
  if (wanted === undefined || wanted === null) return [];
  return drift('health check', healthText(wanted), healthText(fieldOf(raw, 'Config', 'Healthcheck')));
}

function healthText(check: unknown): string {
  const test = textsOf(fieldOf(check, 'Test'));
  if (test.length === 0 && Object.keys(objectOf(check)).length === 0) return '';
  const times = (['Interval', 'Timeout', 'StartPeriod'] as const).flatMap((key) => {
    const ns = numberOf(fieldOf(check, key));
    return ns === 0 ? [] : [`${key === 'StartPeriod' ? 'start period' : key.toLowerCase()} ${String(ns / 1e9)} s`];
  });
  const retries = numberOf(fieldOf(check, 'Retries'));
  return [maskText(test.join(' ')), ...times, ...(retries === 0 ? [] : [`retries ${String(retries)}`])].join(', ');
}

function rightsDrifts(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const rights = (holder: unknown): string => {
    const named = (key: string, sign: string): readonly string[] => textsOf(fieldOf(holder, 'HostConfig', key)).map((one) => `${sign}${normalCapability(one)}`);
    return [...named('CapAdd', '+'), ...named('CapDrop', '-')].sort().join(', ');
  };
  const flag = (holder: unknown, key: string): string => (fieldOf(holder, 'HostConfig', key) === true ? 'yes' : 'no');
  return [...drift('capabilities', rights(payload), rights(raw)), ...drift('privileged', flag(payload, 'Privileged'), flag(raw, 'Privileged')), ...drift('read only', flag(payload, 'ReadonlyRootfs'), flag(raw, 'ReadonlyRootfs'))];
}

/** By their names: values may be long. */
function labelDrift(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const [wanted, there] = [textMapOf(payload['Labels'] as Json), textMapOf(fieldOf(raw, 'Config', 'Labels'))];
  const changed = Object.keys(wanted).filter((name) => !OWN_LABEL.test(name) && wanted[name] !== there[name]).sort();
  if (changed.length === 0) return [];
  const text = (names: readonly string[]): string => (names.length > MAX_NAMES ? `${names.slice(0, MAX_NAMES).join(', ')} and ${String(names.length - MAX_NAMES)} more` : names.join(', '));
  const before = changed.filter((name) => there[name] !== undefined);
  return [{ field: 'labels', desired: text(changed), actual: before.length === 0 ? NONE : `${text(before)} (other values)` }];
}

function endpointDrifts(payload: JsonObject, raw: JsonObject): readonly FieldDrift[] {
  const wanted = objectOf(fieldOf(payload, 'NetworkingConfig', 'EndpointsConfig'));
  const there = objectOf(fieldOf(raw, 'NetworkSettings', 'Networks'));
  const own = new Set([textMapOf(payload['Labels'] as Json)['com.docker.compose.service'] ?? '', textOf(fieldOf(raw, 'Id')).slice(0, 12), textOf(fieldOf(raw, 'Name')).replace(/^\//, '')]);
  return Object.keys(wanted).flatMap((network) => {
    if (there[network] === undefined) return [];
    const aliases = (holder: unknown, besides: ReadonlySet<string>): string => [...new Set(textsOf(fieldOf(holder, 'Aliases')))].filter((one) => !besides.has(one)).sort().join(', ');
    const address = (holder: unknown, key: string): string => textOf(fieldOf(holder, 'IPAMConfig', key));
    const on = (text: string): string => (text === '' ? '' : `${text} on ${network}`);
    return [
      ...drift('aliases', on(aliases(wanted[network], own)), on(aliases(there[network], own))),
      ...(['IPv4Address', 'IPv6Address'] as const).flatMap((key) => drift('address', on(address(wanted[network], key)), on(address(there[network], key)))),
    ];
  });
}

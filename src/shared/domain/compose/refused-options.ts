import { textBytes } from '../../kernel/utf8';
import { isAddress } from '../checks/subnets';
import { normalCapability } from '../engine/risky-facts';
import type { ComposeService } from './model';
import type { Refuse } from './refused-values';

/** capabilities(7). */
const CAPABILITIES: ReadonlySet<string> = new Set(
  ('AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE ' +
    'MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE ' +
    'SYS_TIME SYS_TTY_CONFIG WAKE_ALARM ALL').split(' '),
);
const SIGNAL = /^(?:SIG)?(?:ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ|RTMIN(?:\+(?:[1-9]|1[0-5]))?|RTMAX(?:-(?:[1-9]|1[0-4]))?)$/i;
const MAC = /^(?:[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?::[0-9a-f]{2}){7}|(?::[0-9a-f]{2}){19}|(?:-[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){7}|(?:-[0-9a-f]{2}){19})|[0-9a-f]{4}(?:(?:\.[0-9a-f]{4}){2}|(?:\.[0-9a-f]{4}){3}|(?:\.[0-9a-f]{4}){9}))$/i;
const LONGEST_HOSTNAME = 64;
const HIGHEST_ID = 2_147_483_647;
const SIZE = /^-?\d+(?:\.\d+)?\s?(?:[kmgtp]i?)?b?$/i;

/** Options of a service that every engine refuses: names that do not exist, forms it cannot read, pairs that exclude each other. */
export function refusedOptions(name: string, service: ComposeService, refuse: Refuse): void {
  for (const key of ['cap_add', 'cap_drop'] as const) {
    service[key]?.forEach((one, index) => {
      if (!CAPABILITIES.has(normalCapability(one))) refuse([key, String(index)], `There is no capability ${one} for ${name}.`, 'Capabilities are written as in NET_ADMIN or SYS_PTRACE.');
    });
  }
  const signal = service.stop_signal ?? '';
  if (signal !== '' && !SIGNAL.test(signal) && !/^[1-9]\d*$/.test(signal)) refuse(['stop_signal'], `There is no signal ${signal} to stop ${name} with.`, 'It takes a name or a number, as SIGTERM or 15.');
  service.device_cgroup_rules?.forEach((rule, index) => {
    if (!/^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/.test(rule)) refuse(['device_cgroup_rules', String(index)], `The device rule "${rule}" of ${name} cannot be read.`, 'It takes kind, numbers and rights, as in c 1:3 mr.');
  });
  service.extra_hosts?.forEach((one, index) => {
    const [, host = '', address = ''] = /^([^=:]+)[=:](.*)$/s.exec(one) ?? [];
    if (address !== 'host-gateway' && !isAddress(address)) refuse(['extra_hosts', String(index)], `The host ${host} of ${name} leads to "${address}", which is no address.`, 'It takes an IP address or host-gateway.');
  });
  service.expose?.forEach((one, index) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(one) ?? [];
    if (first === undefined || Number(last) > 65_535 || Number(last) < Number(first)) refuse(['expose', String(index)], `${name} exposes "${one}", which is no port.`, 'It takes ports up to 65535, as 80, 3000-3005 or 53/udp.');
  });
  if ((service.mac_address ?? '') !== '' && !MAC.test(service.mac_address ?? '')) refuse(['mac_address'], `The mac_address ${service.mac_address ?? ''} of ${name} is no address of a network card.`, 'It takes six bytes, as 02:42:ac:11:00:09.');
  for (const [network, joined] of Object.entries(service.networks ?? {})) {
    const address = joined?.mac_address ?? '';
    if (address !== '' && !MAC.test(address)) refuse(['networks', network, 'mac_address'], `The mac_address ${address} of ${name} is no address of a network card.`, 'It takes six bytes, as 02:42:ac:11:00:09.');
    joined?.link_local_ips?.forEach((one, index) => {
      if (!isAddress(one)) refuse(['networks', network, 'link_local_ips', String(index)], `${one} is no address ${name} can have on the network ${network}.`, 'It takes IP addresses, as 169.254.8.8.');
    });
  }
  if (textBytes(service.hostname ?? '').length > LONGEST_HOSTNAME) refuse(['hostname'], `The hostname of ${name} is longer than ${String(LONGEST_HOSTNAME)} characters.`, 'No kernel takes a longer one.');
  if (Object.hasOwn(service.environment ?? {}, '')) refuse(['environment'], `${name} sets a variable without a name.`, 'Before the = there has to be a name.');
  for (const key of ['user', 'group_add'] as const) {
    const written = key === 'user' ? (service.user ?? '').split(':') : (service.group_add ?? []);
    const tooHigh = written.find((one) => /^\d+$/.test(one) && Number(one) > HIGHEST_ID);
    if (tooHigh !== undefined) refuse([key], `${tooHigh} is no number of a user or group for ${name}.`, `They go up to ${String(HIGHEST_ID)}.`);
  }
  const folder = service.working_dir ?? '';
  if (folder !== '' && !folder.startsWith('/')) refuse(['working_dir'], `The working_dir ${folder} of ${name} is not absolute.`, 'It is a folder in the container and begins with a slash.');
  refusedLogging(name, service, refuse);
}

/** Options of each driver that comes with every engine; those of others only the engine knows. */
const LOG_OPTIONS: { readonly [driver: string]: ReadonlySet<string> } = {
  'json-file': new Set(['max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag']),
  local: new Set(['max-file', 'max-size', 'compress']),
};

function refusedLogging(name: string, { logging }: ComposeService, refuse: Refuse): void {
  const { driver = '', options = {} } = logging ?? {};
  const known = LOG_OPTIONS[driver];
  for (const [option, value] of Object.entries(options)) {
    const no = (takes: string): void => refuse(['logging', 'options', option], `The option ${option} of the logs of ${name} cannot be "${value}".`, takes);
    if (option === 'mode' && value !== 'blocking' && value !== 'non-blocking') no('It takes blocking or non-blocking.');
    else if (option === 'max-buffer-size' && options['mode'] !== 'non-blocking') refuse(['logging', 'options', option], `max-buffer-size of the logs of ${name} has no mode: non-blocking beside it.`, 'Only then there is a buffer.');
    if (known === undefined || option === 'mode' || option === 'max-buffer-size' || option.startsWith('cache-')) continue;
    if (!known.has(option)) refuse(['logging', 'options', option], `The log driver ${driver} of ${name} has no option ${option}.`, `Its options are ${[...known, 'mode', 'max-buffer-size'].join(', ')}.`);
    else if (option === 'max-size' && !SIZE.test(value)) no('It takes a size, as 10m.');
    else if (option === 'max-file' && !/^[1-9]\d*$/.test(value)) no('It takes a number, 1 at least.');
    else if (option === 'compress' && !isBoolean(value)) no('It takes true or false.');
  }
}

/** As Go reads them. */
function isBoolean(text: string): boolean {
  return /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(text);
}

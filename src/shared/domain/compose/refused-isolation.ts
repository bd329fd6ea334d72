import type { ComposeService } from './model';
import type { Refuse } from './refused-values';

/** What the kernel keeps apart for each container, as the runtime lists it. */
const IPC_SYSCTL = /^(?:kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;
/** What it has once for all; of others an engine may know more than this list. */
const GLOBAL_SYSCTL = /^(?:abi|debug|dev|fs|kernel|vm)\./;
const IPC = /^(?:none|private|host|shareable|(?:container|service):.+)$/;

/** Namespaces, settings of the kernel and security options that exclude each other or do not exist. */
export function refusedIsolation(name: string, service: ComposeService, refuse: Refuse): void {
  const { ipc = '', uts = '', network_mode: mode = '' } = service;
  if (ipc !== '' && !IPC.test(ipc)) refuse(['ipc'], `${name} cannot share memory with "${ipc}".`, 'It takes none, private, shareable, host, service:<name> or container:<name>.');
  for (const key of ['network_mode', 'ipc', 'pid'] as const) {
    if (/^(?:container|service):$/.test(service[key] ?? '')) refuse([key], `${key} of ${name} names no ${String(service[key]).slice(0, -1)}.`, 'Its name follows the colon: the variable for it may not be set.');
  }
  if (uts === 'host' && (service.hostname ?? '') !== '') refuse(['hostname'], `${name} has a hostname of its own and the one of this computer (uts: host).`, 'Take one of the two away.');
  if (uts === 'host' && (service.domainname ?? '') !== '') refuse(['domainname'], `${name} has a domainname of its own and the one of this computer (uts: host).`, 'Take one of the two away.');
  refusedBesideNetwork(name, service, mode, refuse);
  refusedSysctls(name, service, { ofHostNetwork: mode === 'host', ofHostMemory: ipc === 'host' }, refuse);
  service.security_opt?.forEach((option, index) => {
    const [, key = '', value = ''] = /^([^=:]*)[=:]?(.*)$/s.exec(option) ?? [];
    const isAlone = key === option;
    if (key === 'no-new-privileges' ? !isAlone && value !== 'true' && value !== 'false' : isAlone) refuse(['security_opt', String(index)], `The security option "${option}" of ${name} cannot be read.`, 'It takes a name and a value, as seccomp:unconfined or no-new-privileges:true.');
  });
}

/** A container without a network of its own has nothing of what belongs to one. */
function refusedBesideNetwork(name: string, service: ComposeService, mode: string, refuse: Refuse): void {
  const joins = /^(?:container|service):./.test(mode);
  if (!joins && mode !== 'host') return;
  const owner = mode === 'host' ? 'this computer' : mode.slice(mode.indexOf(':') + 1);
  const has: readonly (readonly [keyof ComposeService, boolean])[] = [
    ['links', (service.links ?? []).length > 0],
    ['ports', joins && (service.ports ?? []).length > 0],
    ['expose', joins && (service.expose ?? []).length > 0],
    ['hostname', joins && (service.hostname ?? '') !== ''],
    ['dns', joins && (service.dns ?? []).length > 0],
    ['extra_hosts', joins && (service.extra_hosts ?? []).length > 0],
  ];
  for (const [key, given] of has) {
    if (given) refuse([key], `${name} uses the network of ${owner}, and so can have no ${key} of its own.`, mode.startsWith('service:') ? `Write it at ${owner}, or take it away.` : 'Take it away.');
  }
}

function refusedSysctls(name: string, service: ComposeService, host: { readonly ofHostNetwork: boolean; readonly ofHostMemory: boolean }, refuse: Refuse): void {
  for (const key of Object.keys(service.sysctls ?? {})) {
    const setting = key.replaceAll('/', '.');
    const no = (message: string, why: string): void => refuse(['sysctls', key], message, why);
    if (setting.startsWith('net.')) {
      if (host.ofHostNetwork) no(`${name} uses the network of this computer, and so cannot set ${key}.`, 'Set it on this computer, or give the service a network of its own.');
    } else if (IPC_SYSCTL.test(setting)) {
      if (host.ofHostMemory) no(`${name} shares the memory of this computer (ipc: host), and so cannot set ${key}.`, 'Set it on this computer, or take ipc: host away.');
    } else if (setting === 'kernel.hostname') no(`${key} of ${name} cannot be set this way.`, 'Write hostname instead.');
    else if (setting !== 'kernel.domainname' && GLOBAL_SYSCTL.test(setting)) no(`${key} cannot be set for ${name} alone: the kernel has it once for all.`, 'Set it on this computer with sysctl, and take it away here. Containers can have net.*, kernel.msg*, kernel.shm*, kernel.sem and fs.mqueue.*.');
  }
}

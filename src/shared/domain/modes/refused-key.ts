import type { ComposeService } from '../compose/model';

/** What the engine and its runtime say of a value they refuse, and the keys it may stand at, likeliest first (words of moby, containerd and runc). */
const WORDS: readonly (readonly [RegExp, readonly (keyof ComposeService)[]])[] = [
  [/logging plugin|log driver|log opt|logger/i, ['logging']],
  [/unknown (?:or invalid )?runtime/i, ['runtime']],
  [/capability|CapAdd|CapDrop/i, ['cap_add', 'cap_drop']],
  [/security-opt|apparmor|seccomp|selinux/i, ['security_opt']],
  [/find user|passwd file/i, ['user']],
  [/find group|group file/i, ['group_add', 'user']],
  [/\/proc\/sys\/|sysctl/i, ['sysctls']],
  [/device information|custom device|cgroup rule/i, ['devices', 'device_cgroup_rules', 'gpus']],
  [/device driver/i, ['gpus', 'deploy']],
  [/working directory/i, ['working_dir']],
  [/mac address/i, ['mac_address', 'networks']],
  [/ip address|address already in use|address pool/i, ['networks']],
  [/error mounting|mount point|mount path|bind source|mounts? denied/i, ['volumes', 'tmpfs']],
  [/memory/i, ['mem_limit', 'mem_reservation', 'memswap_limit', 'deploy']],
  [/\bcpus?\b|cpuset/i, ['cpuset', 'cpus', 'deploy']],
  [/rlimit|ulimit/i, ['ulimits']],
  [/invalid signal/i, ['stop_signal']],
  [/healthcheck/i, ['healthcheck']],
  [/exec: |executable file/i, ['entrypoint', 'command']],
  [/no such container/i, ['network_mode', 'ipc', 'pid', 'volumes_from']],
];

/** The key of a service that the engine refused; undefined where its words name none that the service has. */
export function refusedKey(message: string, definition: ComposeService): keyof ComposeService | undefined {
  return WORDS.filter(([words]) => words.test(message))
    .flatMap(([, keys]) => keys)
    .find((key) => definition[key] !== undefined && definition[key] !== null);
}

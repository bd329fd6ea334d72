import type { HashDialect } from './model';

/**
 * The fields of each part of the model in the order and with the kinds compose's JSON has: one table for building
 * the model and for hashing it (the hash is over that JSON, byte by byte). A trailing `?` keeps a zero value that was
 * written; without it zero values are left out.
 */
export type FieldKind =
  | 'text' | 'texts' | 'bool' | 'bool?' | 'int' | 'int?' | 'float' | 'bytes' | 'bytes!' | 'duration' | 'duration?' | 'command' | 'test'
  | 'mapping' | 'pairs' | 'hosts' | 'mode' | 'count' | 'ssh' | 'ulimits' | 'multi' | 'unless-true' | 'text!' | 'int!' | 'bool!';

export type Field = readonly [name: string, kind: FieldKind | { readonly part: string; readonly as: 'one' | 'always' | 'list' | 'map' }];

const one = (part: string) => ({ part, as: 'one' }) as const;
const always = (part: string) => ({ part, as: 'always' }) as const;
const list = (part: string) => ({ part, as: 'list' }) as const;
const map = (part: string) => ({ part, as: 'map' }) as const;

const service: readonly Field[] = [
  ['profiles', 'texts'], ['annotations', 'mapping'], ['attach', 'bool?'], ['build', one('build')], ['develop', one('develop')], ['blkio_config', one('blkio')],
  ['cap_add', 'texts'], ['cap_drop', 'texts'], ['cgroup_parent', 'text'], ['cgroup', 'text'], ['cpu_count', 'int'], ['cpu_percent', 'float'], ['cpu_period', 'int'],
  ['cpu_quota', 'int'], ['cpu_rt_period', 'int'], ['cpu_rt_runtime', 'int'], ['cpus', 'float'], ['cpuset', 'text'], ['cpu_shares', 'int'], ['command', 'command'],
  ['configs', list('reference')], ['container_name', 'text'], ['credential_spec', one('credentialSpec')], ['depends_on', map('dependency')], ['deploy', one('deploy')],
  ['device_cgroup_rules', 'texts'], ['devices', list('device')], ['dns', 'texts'], ['dns_opt', 'texts'], ['dns_search', 'texts'], ['domainname', 'text'],
  ['entrypoint', 'command'], ['provider', one('provider')], ['environment', 'pairs'], ['env_file', list('envFile')], ['expose', 'texts'], ['external_links', 'texts'],
  ['extra_hosts', 'hosts'], ['group_add', 'texts'], ['gpus', list('deviceRequest')], ['hostname', 'text'], ['healthcheck', one('healthcheck')], ['image', 'text'],
  ['init', 'bool?'], ['ipc', 'text'], ['isolation', 'text'], ['labels', 'mapping'], ['label_file', 'texts'], ['links', 'texts'], ['logging', one('logging')],
  ['mem_limit', 'bytes'], ['mem_reservation', 'bytes'], ['memswap_limit', 'bytes'], ['mem_swappiness', 'bytes'], ['mac_address', 'text'], ['models', map('serviceModel')],
  ['network_mode', 'text'], ['networks', map('serviceNetwork')], ['oom_kill_disable', 'bool'], ['oom_score_adj', 'int'], ['pid', 'text'], ['pids_limit', 'int'],
  ['platform', 'text'], ['ports', list('port')], ['privileged', 'bool'], ['pull_policy', 'text'], ['read_only', 'bool'], ['restart', 'text'], ['runtime', 'text'],
  ['scale', 'int?'], ['secrets', list('reference')], ['security_opt', 'texts'], ['shm_size', 'bytes'], ['stdin_open', 'bool'], ['stop_grace_period', 'duration?'],
  ['stop_signal', 'text'], ['storage_opt', 'mapping'], ['sysctls', 'mapping'], ['tmpfs', 'texts'], ['tty', 'bool'], ['ulimits', 'ulimits'], ['use_api_socket', 'bool'],
  ['user', 'text'], ['userns_mode', 'text'], ['uts', 'text'], ['volumes', list('mount')], ['volumes_from', 'texts'], ['working_dir', 'text'],
  ['post_start', list('hook')], ['pre_stop', list('hook')],
];

const build: readonly Field[] = [
  ['context', 'text'], ['dockerfile', 'text'], ['dockerfile_inline', 'text'], ['entitlements', 'texts'], ['args', 'pairs'], ['provenance', 'text'], ['sbom', 'text'],
  ['ssh', 'ssh'], ['labels', 'mapping'], ['cache_from', 'texts'], ['cache_to', 'texts'], ['no_cache', 'bool'], ['no_cache_filter', 'texts'],
  ['additional_contexts', 'mapping'], ['pull', 'bool'], ['extra_hosts', 'hosts'], ['isolation', 'text'], ['network', 'text'], ['target', 'text'],
  ['secrets', list('reference')], ['shm_size', 'bytes'], ['tags', 'texts'], ['ulimits', 'ulimits'], ['platforms', 'texts'], ['privileged', 'bool'],
];

const updateConfig: readonly Field[] = [
  ['parallelism', 'int?'], ['delay', 'duration'], ['failure_action', 'text'], ['monitor', 'duration'], ['max_failure_ratio', 'float'], ['order', 'text'],
];

export const PARTS = {
  service,
  build,
  updateConfig,
  develop: [['watch', list('watch')]],
  watch: [['path', 'text!'], ['action', 'text!'], ['target', 'text'], ['exec', always('hook')], ['include', 'texts'], ['ignore', 'texts'], ['initial_sync', 'bool']],
  hook: [['command', 'command'], ['user', 'text'], ['privileged', 'bool'], ['working_dir', 'text'], ['environment', 'pairs']],
  blkio: [
    ['weight', 'int'], ['weight_device', list('weightDevice')], ['device_read_bps', list('throttle')], ['device_read_iops', list('throttle')],
    ['device_write_bps', list('throttle')], ['device_write_iops', list('throttle')],
  ],
  weightDevice: [['Path', 'text!'], ['Weight', 'int!']],
  throttle: [['Path', 'text!'], ['Rate', 'bytes!']],
  reference: [['source', 'text'], ['target', 'text'], ['uid', 'text'], ['gid', 'text'], ['mode', 'mode']],
  credentialSpec: [['config', 'text'], ['file', 'text'], ['registry', 'text']],
  dependency: [['condition', 'text'], ['restart', 'bool'], ['required', 'bool!']],
  deploy: [
    ['mode', 'text'], ['replicas', 'int?'], ['labels', 'mapping'], ['update_config', one('updateConfig')], ['rollback_config', one('updateConfig')],
    ['resources', always('resources')], ['restart_policy', one('restartPolicy')], ['placement', always('placement')], ['endpoint_mode', 'text'],
  ],
  resources: [['limits', one('resource')], ['reservations', one('resource')]],
  resource: [['cpus', 'float'], ['memory', 'bytes'], ['pids', 'int'], ['devices', list('deviceRequest')], ['generic_resources', list('genericResource')]],
  genericResource: [['discrete_resource_spec', one('discreteResource')]],
  discreteResource: [['kind', 'text!'], ['value', 'int!']],
  restartPolicy: [['condition', 'text'], ['delay', 'duration?'], ['max_attempts', 'int?'], ['window', 'duration?']],
  placement: [['constraints', 'texts'], ['preferences', list('preference')], ['max_replicas_per_node', 'int']],
  preference: [['spread', 'text']],
  device: [['source', 'text'], ['target', 'text'], ['permissions', 'text']],
  deviceRequest: [['capabilities', 'texts'], ['driver', 'text'], ['count', 'count'], ['device_ids', 'texts'], ['options', 'mapping']],
  envFile: [['path', 'text'], ['required', 'unless-true'], ['format', 'text']],
  provider: [['type', 'text'], ['options', 'multi']],
  healthcheck: [
    ['test', 'test'], ['timeout', 'duration?'], ['interval', 'duration?'], ['retries', 'int?'], ['start_period', 'duration?'], ['start_interval', 'duration?'], ['disable', 'bool'],
  ],
  logging: [['driver', 'text'], ['options', 'mapping']],
  serviceModel: [['endpoint_var', 'text'], ['model_var', 'text']],
  serviceNetwork: [
    ['aliases', 'texts'], ['driver_opts', 'mapping'], ['gw_priority', 'int'], ['interface_name', 'text'], ['ipv4_address', 'text'], ['ipv6_address', 'text'],
    ['link_local_ips', 'texts'], ['mac_address', 'text'], ['priority', 'int'],
  ],
  port: [['name', 'text'], ['mode', 'text'], ['host_ip', 'text'], ['target', 'int'], ['published', 'text'], ['protocol', 'text'], ['app_protocol', 'text']],
  mount: [
    ['type', 'text'], ['source', 'text'], ['target', 'text'], ['read_only', 'bool'], ['consistency', 'text'], ['bind', one('bind')], ['volume', one('mountVolume')],
    ['tmpfs', one('mountTmpfs')], ['image', one('mountImage')],
  ],
  bind: [['selinux', 'text'], ['propagation', 'text'], ['create_host_path', 'unless-true'], ['recursive', 'text']],
  mountVolume: [['labels', 'mapping'], ['nocopy', 'bool'], ['subpath', 'text']],
  mountTmpfs: [['size', 'bytes'], ['mode', 'int']],
  mountImage: [['subpath', 'text']],
  network: [
    ['name', 'text'], ['driver', 'text'], ['driver_opts', 'mapping'], ['ipam', always('ipam')], ['external', 'bool'], ['internal', 'bool'], ['attachable', 'bool'],
    ['labels', 'mapping'], ['enable_ipv4', 'bool?'], ['enable_ipv6', 'bool?'],
  ],
  ipam: [['driver', 'text'], ['config', list('pool')]],
  pool: [['subnet', 'text'], ['gateway', 'text'], ['ip_range', 'text'], ['aux_addresses', 'mapping']],
  volume: [['name', 'text'], ['driver', 'text'], ['driver_opts', 'mapping'], ['external', 'bool'], ['labels', 'mapping']],
  fileObject: [
    ['name', 'text'], ['file', 'text'], ['environment', 'text'], ['content', 'text'], ['external', 'bool'], ['labels', 'mapping'], ['driver', 'text'],
    ['driver_opts', 'mapping'], ['template_driver', 'text'],
  ],
} satisfies { readonly [part: string]: readonly Field[] };

/** The keys of a service's network as docker compose 2.35 ordered them. */
const NETWORK_KEYS_OF_2_35: readonly string[] = ['priority', 'gw_priority', 'aliases', 'ipv4_address', 'ipv6_address', 'link_local_ips', 'mac_address', 'driver_opts'];
const NETWORK_OF_2_35: readonly Field[] = [...PARTS.serviceNetwork].sort(([left], [right]) => NETWORK_KEYS_OF_2_35.indexOf(left) - NETWORK_KEYS_OF_2_35.indexOf(right));

/** The fields of a part in the order in which this dialect hashes them. */
export function hashedFieldsOf(part: string, dialect: HashDialect): readonly Field[] {
  return dialect === 'v2.35' && part === 'serviceNetwork' ? NETWORK_OF_2_35 : fieldsOf(part);
}

/** The fields of a part. The tables are static, so an unknown name is a bug. */
export function fieldsOf(part: string): readonly Field[] {
  const fields = (PARTS as { readonly [name: string]: readonly Field[] | undefined })[part];
  if (fields === undefined) throw new Error(`No part of the compose model is called ${part}.`);
  return fields;
}

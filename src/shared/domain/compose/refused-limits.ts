import { durationMs } from '../modes/go-duration';
import type { ComposeService } from './model';
import type { Refuse } from './refused-values';

const LEAST_MEMORY = 6 * 1024 * 1024;
const LEAST_CPUS = 0.01;
const CONDITIONS: ReadonlySet<string> = new Set(['none', 'no', 'on-failure', 'unless-stopped', 'any', 'always']);
/** Those of setrlimit(2), as the runtime names them. */
const LIMITS: ReadonlySet<string> = new Set('as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '));

/** Limits and times of a service that no engine takes: too small, above another one, or said twice. */
export function refusedLimits(name: string, service: ComposeService, refuse: Refuse): void {
  refusedMemory(name, service, refuse);
  refusedCpus(name, service, refuse);
  for (const [limit, value] of Object.entries(service.ulimits ?? {})) {
    const at = ['ulimits', limit];
    if (!LIMITS.has(limit.toLowerCase())) refuse(at, `There is no limit ${limit} for ${name}.`, `Those that exist are ${[...LIMITS].join(', ')}.`);
    if (typeof value === 'object' && value.hard >= 0 && (value.soft > value.hard || value.soft < 0)) refuse(at, `The soft limit ${String(value.soft)} of ${limit} in ${name} is above the hard one, ${String(value.hard)}.`, 'The soft limit may be as high as the hard one at most.');
  }
  if (Number(service.shm_size ?? 0) < 0) refuse(['shm_size'], `The shared memory of ${name} cannot be less than nothing.`, 'It takes a size, as 64m.');
  const score = service.oom_score_adj ?? 0;
  if (score < -1000 || score > 1000) refuse(['oom_score_adj'], `The oom_score_adj of ${name} is ${String(score)}.`, 'It takes a number from -1000 to 1000.');
  for (const key of ['interval', 'timeout', 'start_period', 'start_interval'] as const) {
    const ms = durationMs(service.healthcheck?.[key]) ?? 0;
    if (ms !== 0 && ms < 1) refuse(['healthcheck', key], `The ${key} of the health check of ${name} is less than a millisecond.`, 'It takes a time, as 10s.');
  }
  const policy = service.deploy?.restart_policy;
  if (policy === undefined) return;
  const condition = policy.condition ?? '';
  if (condition !== '' && !CONDITIONS.has(condition)) refuse(['deploy', 'restart_policy', 'condition'], `${name} cannot be restarted on the condition "${condition}".`, 'It takes none, on-failure or any.');
  else if (condition !== '' && condition !== 'on-failure' && (policy.max_attempts ?? 0) > 0) refuse(['deploy', 'restart_policy', 'max_attempts'], `How often ${name} is restarted cannot be limited with the condition ${condition}.`, 'A number of attempts goes with on-failure only.');
}

function refusedMemory(name: string, service: ComposeService, refuse: Refuse): void {
  const { limits = {}, reservations = {} } = service.deploy?.resources ?? {};
  const limit = Number(limits.memory ?? service.mem_limit ?? 0);
  const reserved = Number(reservations.memory ?? service.mem_reservation ?? 0);
  const limitPath = limits.memory === undefined ? ['mem_limit'] : ['deploy', 'resources', 'limits', 'memory'];
  const reservedPath = reservations.memory === undefined ? ['mem_reservation'] : ['deploy', 'resources', 'reservations', 'memory'];
  if (limit > 0 && limit < LEAST_MEMORY) refuse(limitPath, `The memory limit of ${name} is below the 6 MB that engines ask for.`, 'Without a unit the number is bytes; write 64m for 64 MB.');
  if (reserved > 0 && reserved < LEAST_MEMORY) refuse(reservedPath, `The memory reserved for ${name} is below the 6 MB that engines ask for.`, 'Without a unit the number is bytes; write 64m for 64 MB.');
  else if (limit > 0 && reserved > limit) refuse(reservedPath, `More memory is reserved for ${name} than it may use.`, 'The reservation may be as high as the limit at most.');
  const swap = Number(service.memswap_limit ?? 0);
  if (swap > 0 && limit === 0) refuse(['memswap_limit'], `memswap_limit of ${name} has no mem_limit beside it.`, 'It counts memory and swap together, so the memory has to be limited, too.');
  else if (swap > 0 && swap < limit) refuse(['memswap_limit'], `memswap_limit of ${name} is below its memory limit.`, 'It counts memory and swap together: the same as the memory limit allows no swap.');
  const swappiness = Number(service.mem_swappiness ?? 0);
  if (swappiness < -1 || swappiness > 100) refuse(['mem_swappiness'], `The mem_swappiness of ${name} is ${String(swappiness)}.`, 'It takes a number from 0 to 100.');
}

function refusedCpus(name: string, service: ComposeService, refuse: Refuse): void {
  const limited = service.deploy?.resources.limits?.cpus;
  const cpus = Number(limited ?? service.cpus ?? 0);
  const at = limited === undefined ? ['cpus'] : ['deploy', 'resources', 'limits', 'cpus'];
  const { cpu_period: period = 0, cpu_quota: quota = 0, cpu_shares: shares = 0, cpuset = '' } = service;
  if (cpus < 0 || (cpus > 0 && cpus < LEAST_CPUS)) refuse(at, `${name} cannot be held to ${String(cpus)} processors.`, 'It takes a number from 0.01 on.');
  if (cpus > 0 && (period > 0 || quota > 0)) refuse(at, `cpus of ${name} has ${period > 0 ? 'cpu_period' : 'cpu_quota'} beside it, which says the same.`, 'That share is what cpu_quota and cpu_period make together: keep one of the two ways.');
  if (period !== 0 && (period < 1_000 || period > 1_000_000)) refuse(['cpu_period'], `The cpu_period of ${name} is ${String(period)}.`, 'It takes microseconds, from 1000 to 1000000.');
  if (quota > 0 && quota < 1_000) refuse(['cpu_quota'], `The cpu_quota of ${name} is ${String(quota)}.`, 'It takes microseconds, 1000 at least.');
  if (shares < 0) refuse(['cpu_shares'], `The cpu_shares of ${name} are ${String(shares)}.`, 'It takes a weight; 1024 is the usual one.');
  const isSet = cpuset === '' || cpuset.split(',').every((part) => /^\d+(?:-\d+)?$/.test(part) && !(Number(part.split('-')[1]) < Number(part.split('-')[0])));
  if (!isSet) refuse(['cpuset'], `The cpuset "${cpuset}" of ${name} names no processors.`, 'It takes their numbers, without spaces, as 0-2,4.');
}

import type { ObservedMount } from './observed';
import { fieldOf, listOf, textsOf } from './read-json';

/** What has to be known of a running container before it may be killed without its grace. */
export interface StopFacts {
  readonly init: boolean;
  /** HostConfig.PidMode: '' when the container has its own processes. */
  readonly pidMode: string;
  /** Host pid of the container's PID 1. */
  readonly pid: number;
  readonly stopSignal: string;
  readonly mounts: readonly ObservedMount[];
  /** The answer of `GET /containers/{id}/top` with STOP_PS_ARGUMENTS, or undefined when there was none. */
  readonly top: unknown;
}

/** One line a thread: the masks that say what it catches and blocks, and what it waits in. */
export const STOP_PS_ARGUMENTS = '-eLo pid,tid,caught,blocked,wchan:32,comm';

const SIGNALS: { readonly [name: string]: number } = {
  HUP: 1, INT: 2, QUIT: 3, ILL: 4, TRAP: 5, ABRT: 6, IOT: 6, BUS: 7, FPE: 8, KILL: 9, USR1: 10, SEGV: 11, USR2: 12, PIPE: 13, ALRM: 14, TERM: 15,
  STKFLT: 16, CHLD: 17, CONT: 18, STOP: 19, TSTP: 20, TTIN: 21, TTOU: 22, URG: 23, XCPU: 24, XFSZ: 25, VTALRM: 26, PROF: 27, WINCH: 28, IO: 29, PWR: 30, SYS: 31,
};

/** Programs whose business is to pass signals on. comm is cut at 15 characters. */
const INITS = /^(?:tini(?:-static)?|dumb-init|docker-init|catatonit|systemd|init|s6-.*|runit.*|runsv.*|supervisord?|my_init|pid1|launch|tinit|podman-init|conmon|horust|dinit|finit|openrc-init)$/;

/** Where a thread may wait for a signal without catching it: sigwait and friends, signalfd, and epoll, with which a signalfd is watched. */
const SIGNAL_WAITS = /sigtimedwait|sigwait|sigsuspend|signalfd|epoll|ep_poll/;
/** Waits known to be for something else: sleeping, children, locks, pipes, terminals, sockets, poll and select (a signal that is not blocked is lost there, too). Any other is not known. */
const OTHER_WAITS = /^(?:poll_schedule_timeout|do_poll|do_sys_poll|do_select|core_sys_select|hrtimer_nanosleep|do_nanosleep|common_nsleep|clock_nanosleep|do_wait|futex_wait|futex_wait_queue|futex_wait_queue_me|futex_do_wait|pipe_read|pipe_write|anon_pipe_read|anon_pipe_write|pipe_wait|wait_for_partner|n_tty_read|wait_woken|inet_csk_accept|inet_accept|skb_wait_for_more_packets|__skb_wait_for_more_packets|sk_wait_data|tcp_recvmsg|unix_stream_read_generic|unix_stream_data_wait|unix_accept|do_pause|sys_pause|ksys_pause|__do_sys_pause|__ia32_sys_pause|__x64_sys_pause|__arm64_sys_pause)(?:\.[a-z0-9.]+)?$/;

/** The number of a stop signal as images and files write it: SIGTERM, TERM, 15, RTMIN+3; undefined when unknown. */
export function signalNumber(name: string): number | undefined {
  const text = name.trim().toUpperCase().replace(/^SIG/, '');
  if (text === '') return 15;
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 64 ? Number(text) : undefined;
  const realTime = /^RTMIN(?:\+(\d+))?$/.exec(text);
  if (realTime !== null) return 34 + Number(realTime[1] ?? 0);
  return Object.hasOwn(SIGNALS, text) ? SIGNALS[text] : undefined;
}

/** An anonymous volume has 64 hexadecimal digits for a name. */
export function isAnonymousVolume(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

function hasSignal(mask: string, signal: number): boolean {
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

interface Thread {
  readonly pid: string;
  readonly caught: string;
  readonly blocked: string;
  readonly waitsIn: string;
  readonly program: string;
}

function threadsOf(top: unknown): readonly Thread[] | undefined {
  const titles = textsOf(fieldOf(top, 'Titles')).map((title) => title.toUpperCase());
  const column = (...names: string[]) => titles.findIndex((title) => names.includes(title));
  const at = { pid: column('PID'), caught: column('CAUGHT', 'SIGCATCH'), blocked: column('BLOCKED', 'SIGMASK'), wchan: column('WCHAN'), comm: column('COMMAND', 'CMD', 'COMM') };
  if (Object.values(at).some((index) => index < 0) || column('TID', 'LWP', 'SPID') < 0) return undefined;
  return listOf(fieldOf(top, 'Processes')).map((row) => {
    const cells = textsOf(row);
    return { pid: cells[at.pid] ?? '', caught: cells[at.caught] ?? '', blocked: cells[at.blocked] ?? '', waitsIn: cells[at.wchan] ?? '', program: cells[at.comm] ?? '' };
  });
}

/**
 * D1: may a running container be killed without its grace? Only when everything was read and all of it says that its
 * stop signal would be lost: a PID 1 without a handler does not even get it. Whatever is unknown means full grace.
 * A pre_stop hook is not seen here; who calls this has to look at the model first.
 */
export function judgeStopReaction(facts: StopFacts): { readonly cannotReact: boolean; readonly reason: string } {
  const can = (reason: string) => ({ cannotReact: false, reason });
  if (facts.init) return can('it runs under an init process that passes signals on');
  if (facts.pidMode !== '' && facts.pidMode !== 'private') return can('it shares its processes with others');
  const volume = facts.mounts.find((mount) => mount.type === 'volume' && !mount.readOnly && !isAnonymousVolume(mount.source));
  if (volume !== undefined) return can(`it writes to the volume ${volume.source}`);
  const unclear = facts.mounts.find((mount) => mount.type === 'other');
  if (unclear !== undefined) return can(`what is mounted at ${unclear.target} is not known`);
  const signal = signalNumber(facts.stopSignal);
  if (signal === undefined) return can(`its stop signal ${facts.stopSignal} is not known`);
  if (signal === 9) return can('its stop signal ends it at once');
  if (facts.pid <= 1) return can('its first process is not known');

  const all = threadsOf(facts.top);
  if (all === undefined) return can('its processes could not be read');
  const threads = all.filter((thread) => thread.pid === String(facts.pid));
  if (threads.length === 0) return can('its first process could not be read');
  for (const thread of threads) {
    if (INITS.test(thread.program)) return can(`its first process is ${thread.program}, which passes signals on`);
    if (!/^[0-9a-f]{16}$/i.test(thread.caught) || !/^[0-9a-f]{16}$/i.test(thread.blocked)) return can('the signals it handles could not be read');
    if (hasSignal(thread.caught, signal)) return can('it handles its stop signal');
    if (hasSignal(thread.blocked, signal)) return can('it may be waiting for its stop signal');
    if (SIGNAL_WAITS.test(thread.waitsIn)) return can(`it may be waiting for its stop signal (in ${thread.waitsIn})`);
    if (!OTHER_WAITS.test(thread.waitsIn)) return can(`what it waits for is not known (${thread.waitsIn === '' ? 'unreadable' : thread.waitsIn})`);
  }
  return { cannotReact: true, reason: 'its first process has no handler for the stop signal, so waiting would be in vain' };
}

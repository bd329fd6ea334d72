import type { ObservedContainer, ObservedPort } from '../engine/observed';
import { checkResult } from './check-result';
import type { Check, CheckFacts, CheckInput, CheckResult, HostListener } from './facts';
import { portProposals } from './port-proposals';
import { addressesOverlap, claimText, collisions, isLoopback, portClaims, replicasOf, type PortClaim } from './port-claims';

/** Who has a host port. */
interface Holder {
  /** "container shop-web-1 of project shop", "process node (pid 4242)", "another process". */
  readonly words: string;
  /** stopped: a container that is down but comes back by itself with the engine. */
  readonly kind: 'container' | 'stopped' | 'process';
  /** The engine was not asked, and this may just as well be this project's own container. */
  readonly isUnsure?: boolean;
}

/** What listens for an engine's containers, by the names it has on the systems engines run on. */
const ENGINE_PROXY = /docker|rootlessport|rootlesskit|slirp4netns|pasta|vpnkit|wslrelay|conmon|gvproxy/i;

type OtherPort = ReturnType<typeof portProposals>;

const RUNS = new Set(['running', 'paused', 'restarting', 'removing']);

function containerWords(container: ObservedContainer): string {
  return container.project === '' ? `the container ${container.name}` : `the container ${container.name} of project ${container.project}`;
}

function processWords(listener: HostListener): string {
  if (listener.pid === undefined) return 'another process';
  return listener.processName === undefined ? `a process (pid ${listener.pid})` : `the process ${listener.processName} (pid ${listener.pid})`;
}

/** Containers whose ports count: those of others and this project's one-off runs, unless the plan stops them. */
function rivals(facts: CheckFacts): readonly ObservedContainer[] {
  if (facts.observed === null) return [];
  return [...facts.observed.foreign, ...facts.observed.containers.filter((container) => container.oneOff)].filter((container) => !facts.stopping.has(container.id));
}

function portsOf(container: ObservedContainer): readonly ObservedPort[] {
  return [...container.ports, ...container.requestedPorts];
}

function holds(ports: readonly ObservedPort[], port: number, protocol: string, hostIp: string): boolean {
  return ports.some((held) => held.hostPort === port && held.protocol === protocol && addressesOverlap(held.hostIp, hostIp));
}

/** A listener that the engine keeps for a container it knows: docker-proxy, or a desktop engine's own process. */
function belongsToContainer(facts: CheckFacts, listener: HostListener): boolean {
  if (facts.observed === null) return false;
  return [...facts.observed.foreign, ...facts.observed.containers].some(
    (container) =>
      RUNS.has(container.state) &&
      portsOf(container).some((held) => held.hostPort === listener.port && held.protocol === listener.protocol && addressesOverlap(held.hostIp, listener.address, { a: false, b: listener.takesIpv4 !== false })),
  );
}

/** Who holds this port of this address, if anybody does. */
export function holderOf(facts: CheckFacts, port: number, protocol: string, hostIp: string): Holder | undefined {
  const others = rivals(facts);
  const running = others.find((container) => RUNS.has(container.state) && holds(portsOf(container), port, protocol, hostIp));
  if (running !== undefined) return { words: containerWords(running), kind: 'container' };
  const listener = facts.listeners.find(
    (one) => one.port === port && one.protocol === protocol && addressesOverlap(one.address, hostIp, { a: one.takesIpv4 !== false, b: false }) && !belongsToContainer(facts, one),
  );
  if (listener !== undefined) {
    if (facts.observed === null && (listener.processName === undefined || ENGINE_PROXY.test(listener.processName))) {
      return { words: listener.processName === undefined ? processWords(listener) : 'a container', kind: 'process', isUnsure: true };
    }
    // A proxy of no container in the list serves another engine on this machine; stopping it by pid would be wrong.
    return { words: listener.processName === 'docker-proxy' ? 'a container of another Docker engine' : processWords(listener), kind: 'process' };
  }
  const stopped = others.find((container) => !RUNS.has(container.state) && comesBack(container) && holds(container.requestedPorts, port, protocol, hostIp));
  return stopped === undefined ? undefined : { words: containerWords(stopped), kind: 'stopped' };
}

/** True for a container that the engine starts again by itself when it starts. */
function comesBack(container: ObservedContainer): boolean {
  return /^(always|unless-stopped)$/.test(container.restartPolicy.name);
}

/** A stopped container of somebody else that publishes this port when it is started again, which nothing but its user does. */
function sleeperOf(facts: CheckFacts, port: number, protocol: string, hostIp: string): ObservedContainer | undefined {
  return (facts.observed?.foreign ?? []).find(
    (container) => !RUNS.has(container.state) && container.state !== 'dead' && !comesBack(container) && !facts.stopping.has(container.id) && holds(container.requestedPorts, port, protocol, hostIp),
  );
}

function baseOf(input: CheckInput, claim: PortClaim): Pick<Parameters<typeof checkResult>[0], 'service' | 'where' | 'object'> {
  return { service: claim.service, where: input.compose.locate(['services', claim.service, 'ports', String(claim.index)]), object: `${claim.service}:${claimText(claim)}:${claim.target}` };
}

/** Host ports that cannot be had: wanted twice in the files, or held by somebody else. */
export const checkHostPorts: Check = (input) => {
  const isHeld = (port: number, protocol: string, hostIp: string): boolean => holderOf(input.facts, port, protocol, hostIp) !== undefined || sleeperOf(input.facts, port, protocol, hostIp) !== undefined;
  const otherPort = portProposals(input, isHeld);
  return [...duplicatePorts(input, otherPort), ...takenPorts(input, otherPort)];
};

function duplicatePorts(input: CheckInput, otherPort: OtherPort): readonly CheckResult[] {
  const claims = portClaims(input.compose.model);
  const found = collisions(claims).map(([earlier, later]) => {
    const where = input.compose.locate(['services', earlier.service, 'ports', String(earlier.index)]);
    return checkResult(
      {
        ...baseOf(input, later),
        object: `${claimText(earlier)}:${earlier.service}:${earlier.target}:${later.service}:${later.target}`,
        code: 'PORT_DUPLICATE',
        severity: 'error',
        message: `Port ${claimText(later)} of ${later.service} is also published by ${earlier.service === later.service ? 'the same service' : earlier.service}.`,
        why: `Only one of them can have it${where?.line === undefined ? '' : ` (the other one is written in line ${where.line})`}; the second container would not start.`,
      },
      otherPort(later),
    );
  });
  const copies = claims.filter((claim) => replicasOf(input.compose.model.services[claim.service] ?? { command: null, entrypoint: null }) > claim.last - claim.first + 1);
  return [
    ...found,
    ...copies.map((claim) =>
      checkResult({
        ...baseOf(input, claim),
        code: 'PORT_DUPLICATE',
        severity: 'error',
        message: `${claim.service} runs more copies than port ${claimText(claim)} can serve.`,
        why: 'Each copy needs a host port of its own. Publish a range that is long enough, or no fixed port.',
      }),
    ),
  ];
}

function takenPorts(input: CheckInput, otherPort: OtherPort): readonly CheckResult[] {
  const claims = portClaims(input.compose.model);
  return claims.flatMap((claim): readonly CheckResult[] => {
    const holders: Holder[] = [];
    for (let port = claim.first; port <= claim.last; port += 1) {
      const holder = holderOf(input.facts, port, claim.protocol, claim.hostIp);
      if (holder === undefined) return claimedAsleep(input, claim, otherPort);
      holders.push(holder);
    }
    // One port of a range that only a stopped container wants is still free now.
    const stopped = holders.find((one) => one.kind === 'stopped');
    const holder = stopped ?? holders[0];
    if (holder === undefined) return [];
    const several = claim.first === claim.last ? '' : 'No port of the range is left. ';
    if (stopped !== undefined) {
      return [
        checkResult(
          {
            ...baseOf(input, claim),
            code: 'PORT_CLAIMED',
            severity: 'warning',
            message: `Port ${claimText(claim)} of ${claim.service} also belongs to ${holder.words}, which is stopped now.`,
            why: `${several}Its restart policy brings it back when the engine starts, and then only one of the two gets the port.`,
          },
          otherPort(claim),
        ),
      ];
    }
    const unsure = holders.find((one) => one.isUnsure === true);
    if (unsure !== undefined) {
      return [
        checkResult({
          ...baseOf(input, claim),
          code: 'PORT_TAKEN',
          severity: 'warning',
          confidence: 'possible',
          message: `Port ${claimText(claim)} of ${claim.service} is in use by ${unsure.words}.`,
          why: `${several}The Docker engine could not be asked, so it may be this project’s own container, and then nothing is wrong.`,
        }),
      ];
    }
    return [
      checkResult(
        {
          ...baseOf(input, claim),
          code: 'PORT_TAKEN',
          severity: 'error',
          message: `Port ${claimText(claim)} of ${claim.service} is taken by ${holder.words}.`,
          why: `${several}The container could not start. Stop what uses the port, or publish another one.`,
        },
        otherPort(claim),
      ),
    ];
  });
}

/** The port is free, and a stopped container of somebody else would want it back; a range leaves the engine another one. */
function claimedAsleep(input: CheckInput, claim: PortClaim, otherPort: OtherPort): readonly CheckResult[] {
  const sleeper = claim.first === claim.last ? sleeperOf(input.facts, claim.first, claim.protocol, claim.hostIp) : undefined;
  if (sleeper === undefined) return [];
  return [
    checkResult(
      {
        ...baseOf(input, claim),
        code: 'PORT_CLAIMED',
        severity: 'info',
        message: `Port ${claimText(claim)} of ${claim.service} is also published by ${containerWords(sleeper)}, which is stopped now.`,
        why: `It is free, and nothing brings that container back by itself. They would clash if somebody started it: only one of the two gets the port.`,
      },
      otherPort(claim),
    ),
  ];
}

/** Ports that other machines can reach, and addresses this machine does not have. */
export const checkPortAddresses: Check = (input) => {
  return portClaims(input.compose.model).flatMap((claim): readonly CheckResult[] => {
    if (isLoopback(claim.hostIp)) return [];
    const specific = claim.hostIp !== '' && claim.hostIp !== '0.0.0.0' && claim.hostIp !== '::';
    const setLoopback = [{ title: `Publish on 127.0.0.1 only`, action: { kind: 'set-host-ip', service: claim.service, index: claim.index, to: '127.0.0.1' } as const }];
    if (specific && input.facts.hostAddresses.length > 0 && !input.facts.hostAddresses.some((address) => addressesOverlap(address, claim.hostIp))) {
      return [
        checkResult(
          {
            ...baseOf(input, claim),
            code: 'PORT_ADDRESS_UNKNOWN',
            severity: 'error',
            message: `${claim.service} publishes on ${claim.hostIp}, which is no address of this machine.`,
            why: 'The engine cannot listen on an address that the machine does not have. Connect the network it belongs to, or publish on another address.',
          },
          setLoopback,
        ),
      ];
    }
    return [
      checkResult(
        {
          ...baseOf(input, claim),
          code: 'PORT_NOT_LOOPBACK',
          severity: 'info',
          message: `Port ${claimText(claim)} of ${claim.service} can be reached from other machines.`,
          why: specific ? `It is published on ${claim.hostIp}.` : 'It is published on every address of this machine, as the file says. Publish it on 127.0.0.1 when only you need it.',
        },
        setLoopback,
      ),
    ];
  });
};

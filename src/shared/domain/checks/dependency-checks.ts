import type { ComposeModel, ComposeService } from '../compose/model';
import { onlyPort } from '../edits/healthcheck';
import { checkResult, type ProposedFix } from './check-result';
import { isCheckSwitchedOff } from '../modes/health-gate';
import { healthcheckOfBuild, parseDockerfile } from './dockerfile';
import type { Check, CheckInput } from './facts';

/** Whether a service reports its health: from its file, its Dockerfile or its image. */
export function reportsHealth(input: CheckInput, name: string): 'yes' | 'no' | 'unknown' {
  const service = input.compose.model.services[name];
  if (service === undefined) return 'unknown';
  const { healthcheck } = service;
  if (isCheckSwitchedOff(healthcheck)) return 'no';
  if (healthcheck?.test !== undefined && healthcheck.test.length > 0) return 'yes';
  const build = input.facts.builds.get(name);
  if (service.build !== undefined) {
    if (build === undefined || (build.dockerfileState !== 'present' && build.dockerfileState !== 'inline')) return 'unknown';
    return healthcheckOfBuild(parseDockerfile(build.dockerfileText), service.build.target);
  }
  const image = service.image === undefined ? undefined : input.facts.observed?.images[service.image];
  if (image === undefined || image === null) return 'unknown';
  return image.hasHealthcheck ? 'yes' : 'no';
}

/** Services that others wait for without a way to know that they work. */
export const checkDependencyHealth: Check = (input) =>
  Object.entries(input.compose.model.services).flatMap(([service, definition]) =>
    Object.entries(definition.depends_on ?? {}).flatMap(([dependency, { condition, required }]) => {
      if (condition === 'service_completed_successfully' || input.compose.model.services[dependency] === undefined) return [];
      const health = reportsHealth(input, dependency);
      if (health === 'yes') return [];
      const base = { service, where: input.compose.locate(['services', service, 'depends_on', dependency]), object: `${service}:${dependency}` };
      if (condition === 'service_healthy') {
        const certain = health === 'no' && required;
        return [
          checkResult(
            {
              ...base,
              code: 'DEPENDENCY_WITHOUT_HEALTHCHECK',
              severity: certain ? 'error' : 'warning',
              confidence: health === 'no' ? 'certain' : 'possible',
              message: `${service} waits until ${dependency} is healthy, but ${dependency} has no health check${health === 'no' ? '' : ' in its files'}.`,
              why:
                health === 'no'
                  ? `It can never become healthy, so ${service} would never start. Add a healthcheck to ${dependency}, or wait for service_started.`
                  : `Unless its image brings one, ${service} would never start. Add a healthcheck to ${dependency}.`,
            },
            [
              ...portHealth(input, dependency),
              { title: `Wait only until ${dependency} has started`, action: { kind: 'set-depends-on', service, dependency, condition: 'service_started' } },
              healthEditor(dependency),
            ],
          ),
        ];
      }
      if (health === 'unknown') return [];
      return [
        checkResult(
          {
            ...base,
            code: 'HEALTHCHECK_MISSING',
            severity: 'warning',
            message: `${service} depends on ${dependency}, which has no health check.`,
            why: `${service} starts as soon as ${dependency}'s container runs, whether it answers or not. A healthcheck with condition service_healthy makes the start reliable.`,
          },
          [...portHealth(input, dependency), healthEditor(dependency)],
        ),
      ];
    }),
  );

/** The check that can be written without being told more: of the only port that a service is known to have. */
function portHealth(input: CheckInput, service: string): readonly ProposedFix[] {
  const definition = input.compose.model.services[service];
  const port = definition === undefined ? undefined : onlyPort(definition);
  const file = input.compose.locate(['services', service])?.file;
  return port === undefined || file === undefined ? [] : [{ title: `Ask port ${String(port)} whether ${service} works`, action: { kind: 'set-healthcheck', service, port, file } }];
}

function noHealth(input: CheckInput, service: string): readonly ProposedFix[] {
  const file = input.compose.locate(['services', service])?.file;
  return file === undefined ? [] : [{ title: `Say that ${service} needs none`, action: { kind: 'set-healthcheck', service, port: null, file } }];
}

function healthEditor(service: string): ProposedFix {
  return { title: `Write a health check for ${service}…`, action: { kind: 'open', dialog: 'healthcheck', service, command: `berth compose healthcheck ${service}` } };
}

/** A dependency that is there because of another key (links, network_mode …), not because `depends_on` names it. */
function isImplied(service: ComposeService, dependency: string): boolean {
  const shared = [service.network_mode, service.ipc, service.pid, service.uts, service.cgroup];
  return (
    shared.includes(`service:${dependency}`) ||
    (service.links ?? []).some((link) => link.split(':')[0] === dependency) ||
    (service.volumes_from ?? []).some((source) => source.split(':')[0] === dependency)
  );
}

/** A condition that the file spells out has a place of its own; the short form's is the dependency's. */
function isShortForm(input: CheckInput, service: string, dependency: string): boolean {
  const name = input.compose.locate(['services', service, 'depends_on', dependency]);
  const condition = input.compose.locate(['services', service, 'depends_on', dependency, 'condition']);
  return name !== undefined && condition !== undefined && name.file === condition.file && name.line === condition.line && name.column === condition.column;
}

/** `depends_on: [db]` only waits until the container of db runs; where db reports its health, the long form waits for that. */
export const checkPlainDependencies: Check = (input) =>
  Object.entries(input.compose.model.services).flatMap(([service, definition]) =>
    Object.entries(definition.depends_on ?? {}).flatMap(([dependency, { condition }]) => {
      if (condition !== 'service_started' || isImplied(definition, dependency) || reportsHealth(input, dependency) !== 'yes' || !isShortForm(input, service, dependency)) return [];
      return [
        checkResult(
          {
            service,
            where: input.compose.locate(['services', service, 'depends_on', dependency]),
            object: `${service}:${dependency}`,
            code: 'DEPENDENCY_NOT_AWAITED',
            severity: 'info',
            message: `${service} does not wait until ${dependency} is healthy.`,
            why: `The short form of depends_on only waits until the container of ${dependency} runs. It has a health check, so the long form with service_healthy can wait for that.`,
          },
          [{ title: `Wait until ${dependency} is healthy`, action: { kind: 'set-depends-on', service, dependency, condition: 'service_healthy' } }],
        ),
      ];
    }),
  );

/** Services that people use and that do not tell whether they work. Those that others wait for have a finding there; one that switched its check off was asked. */
export const checkOwnHealth: Check = (input) => {
  const { services } = input.compose.model;
  const awaited = new Set(Object.values(services).flatMap((one) => Object.entries(one.depends_on ?? {}).flatMap(([name, { condition }]) => (condition === 'service_completed_successfully' ? [] : [name]))));
  return Object.entries(services).flatMap(([service, definition]) => {
    const isOff = isCheckSwitchedOff(definition.healthcheck);
    if ((definition.ports ?? []).length === 0 || awaited.has(service) || isOff || reportsHealth(input, service) !== 'no') return [];
    return [
      checkResult({
        service,
        where: input.compose.locate(['services', service]),
        object: service,
        code: 'HEALTHCHECK_NONE',
        severity: 'info',
        message: `${service} publishes a port and has no health check.`,
        why: 'Berth can tell that its container runs, not that it answers: a switch counts it as healthy at once, and an outage is not seen. Give it a healthcheck, or "disable: true" if none is wanted.',
      }, [...portHealth(input, service), healthEditor(service), ...noHealth(input, service)]),
    ];
  });
};

function networksOf(service: ComposeService): readonly string[] {
  return service.networks === undefined ? [] : Object.keys(service.networks);
}

/** Follows `network_mode: service:x` to the service whose network is really used. */
function networkOwner(model: ComposeModel, name: string): ComposeService | undefined {
  return model.services[ownerName(model, name)];
}

function ownerName(model: ComposeModel, name: string): string {
  let owner = name;
  for (let hops = 0; hops < 10; hops += 1) {
    const mode = model.services[owner]?.network_mode;
    if (mode?.startsWith('service:') !== true) break;
    owner = mode.slice('service:'.length);
  }
  return owner;
}

/** Puts a service, or the one whose network it uses, on a network of the other side. */
function joining({ compose: { model, locate } }: CheckInput, name: string, theirs: readonly string[]): readonly ProposedFix[] {
  const service = ownerName(model, name);
  const own = model.services[service];
  const file = locate(['services', service])?.file;
  const network = theirs.find((one) => one !== 'default') ?? theirs[0];
  if (own === undefined || file === undefined || network === undefined) return [];
  return [{ title: `Put ${service} on the network ${network} too`, action: { kind: 'join-network', service, network, has: networksOf(own), file } }];
}

/** A service that depends on another which it cannot reach, because they share no network. */
export const checkCommonNetworks: Check = (input) => {
  const { model } = input.compose;
  return Object.entries(model.services).flatMap(([name, definition]) =>
    Object.entries(definition.depends_on ?? {}).flatMap(([dependency, { condition }]) => {
      const one = networkOwner(model, name);
      const other = networkOwner(model, dependency);
      if (one === undefined || other === undefined || one === other || condition === 'service_completed_successfully') return [];
      // On the host's network a service is reached through its published ports.
      if (one.network_mode !== undefined || other.network_mode !== undefined) return [];
      const mine = networksOf(one);
      if (mine.length === 0 || networksOf(other).length === 0 || networksOf(other).some((network) => mine.includes(network))) return [];
      return [
        checkResult({
          service: name,
          where: input.compose.locate(['services', name, 'networks']),
          object: `${name}:${dependency}`,
          code: 'DEPENDENCY_NO_COMMON_NETWORK',
          severity: 'warning',
          message: `${name} depends on ${dependency}, but they share no network.`,
          why: `${name} is on ${mine.join(', ')}, ${dependency} on ${networksOf(other).join(', ')}: by name they cannot reach each other. Put both on one network.`,
        }, [...joining(input, dependency, mine), ...joining(input, name, networksOf(other))]),
      ];
    }),
  );
};

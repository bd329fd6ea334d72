import type { ComposeModel, ComposeService } from '../compose/model';
import { checkResult } from './check-result';
import { healthcheckOfBuild, parseDockerfile } from './dockerfile';
import type { Check, CheckInput } from './facts';

/** Whether a service reports its health: from its file, its Dockerfile or its image. */
export function reportsHealth(input: CheckInput, name: string): 'yes' | 'no' | 'unknown' {
  const service = input.compose.model.services[name];
  if (service === undefined) return 'unknown';
  const { healthcheck } = service;
  if (healthcheck?.disable === true || healthcheck?.test?.[0] === 'NONE') return 'no';
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
          checkResult({
            ...base,
            code: 'DEPENDENCY_WITHOUT_HEALTHCHECK',
            severity: certain ? 'error' : 'warning',
            confidence: health === 'no' ? 'certain' : 'possible',
            message: `${service} waits until ${dependency} is healthy, but ${dependency} has no health check${health === 'no' ? '' : ' in its files'}.`,
            why:
              health === 'no'
                ? `It can never become healthy, so ${service} would never start. Add a healthcheck to ${dependency}, or wait for service_started.`
                : `Unless its image brings one, ${service} would never start. Add a healthcheck to ${dependency}.`,
          }),
        ];
      }
      if (health === 'unknown') return [];
      return [
        checkResult({
          ...base,
          code: 'HEALTHCHECK_MISSING',
          severity: 'warning',
          message: `${service} depends on ${dependency}, which has no health check.`,
          why: `${service} starts as soon as ${dependency}'s container runs, whether it answers or not. A healthcheck with condition service_healthy makes the start reliable.`,
        }),
      ];
    }),
  );

function networksOf(service: ComposeService): readonly string[] {
  return service.networks === undefined ? [] : Object.keys(service.networks);
}

/** Follows `network_mode: service:x` to the service whose network is really used. */
function networkOwner(model: ComposeModel, name: string): ComposeService | undefined {
  let service = model.services[name];
  for (let hops = 0; hops < 10 && service?.network_mode?.startsWith('service:') === true; hops += 1) service = model.services[service.network_mode.slice('service:'.length)];
  return service;
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
        }),
      ];
    }),
  );
};

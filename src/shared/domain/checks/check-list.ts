import type { ComposeModel, ComposeService } from '../compose/model';
import { checkBindSources, checkFileObjects, checkWholeProjectBinds } from './bind-checks';
import { checkBuilds, checkOutdatedBuilds } from './build-checks';
import { checkDataAcrossModes } from './data-checks';
import { checkCommonNetworks, checkDependencyHealth, checkOwnHealth, checkPlainDependencies } from './dependency-checks';
import { checkEnvironment } from './environment-checks';
import type { Check, CheckFacts } from './facts';
import { checkReadableByService, checkSharedWithEngine, checkStaleMounts } from './mount-checks';
import { checkExternals, checkOwnedNames, checkProjectName } from './name-checks';
import { checkHostPorts, checkPortAddresses } from './port-checks';
import { checkProdBinds } from './prod-checks';
import { checkResources } from './resource-checks';
import { checkSubnets } from './subnet-checks';

/** A check and everything it looks at: as long as none of that changes, its answer stays. A test compares this with what it reads. */
export interface ListedCheck {
  readonly name: string;
  readonly check: Check;
  readonly service: readonly (keyof ComposeService)[];
  readonly model: readonly Exclude<keyof ComposeModel, 'services'>[];
  readonly facts: readonly (keyof CheckFacts)[];
  /** True when it looks at where variables come from, and what secrets and configs are made from one. */
  readonly variables?: boolean;
}

const PUBLISHED = ['ports', 'network_mode', 'scale', 'deploy'] as const;
const HEALTH = ['healthcheck', 'build', 'image'] as const;
const NAMESPACES = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup', 'links', 'volumes_from'] as const;

export const CHECKS: readonly ListedCheck[] = [
  { name: 'bind sources', check: checkBindSources, service: ['volumes', 'image'], model: [], facts: ['sources', 'observed', 'homeDirs'] },
  { name: 'whole project binds', check: checkWholeProjectBinds, service: ['volumes'], model: [], facts: ['sources', 'homeDirs', 'prod'] },
  { name: 'secret, config and profile files', check: checkFileObjects, service: ['secrets', 'configs', 'security_opt'], model: ['secrets', 'configs'], facts: ['sources'] },
  { name: 'prod binds', check: checkProdBinds, service: ['volumes'], model: [], facts: ['sources', 'prod'] },
  { name: 'permissions', check: checkReadableByService, service: ['volumes', 'user', 'group_add'], model: [], facts: ['sources'] },
  { name: 'stale mounts', check: checkStaleMounts, service: ['volumes'], model: [], facts: ['staleMounts'] },
  { name: 'shared folders', check: checkSharedWithEngine, service: ['volumes'], model: [], facts: ['sources', 'engineHost'] },
  { name: 'ports', check: checkHostPorts, service: PUBLISHED, model: [], facts: ['otherModes', 'observed', 'listeners', 'stopping'] },
  { name: 'port addresses', check: checkPortAddresses, service: PUBLISHED, model: [], facts: ['hostAddresses'] },
  { name: 'builds', check: checkBuilds, service: ['build', 'image'], model: [], facts: ['builds'] },
  { name: 'outdated builds', check: checkOutdatedBuilds, service: [], model: [], facts: ['outdatedBuilds'] },
  { name: 'subnets', check: checkSubnets, service: [], model: ['name', 'networks'], facts: ['observed', 'hostSubnets', 'addressPools', 'otherModes'] },
  { name: 'dependency health', check: checkDependencyHealth, service: ['depends_on', 'ports', 'expose', ...HEALTH], model: [], facts: ['builds', 'observed'] },
  { name: 'plain dependencies', check: checkPlainDependencies, service: ['depends_on', ...HEALTH, ...NAMESPACES], model: [], facts: ['builds', 'observed'] },
  { name: 'own health', check: checkOwnHealth, service: ['depends_on', 'ports', 'expose', ...HEALTH], model: [], facts: ['builds', 'observed'] },
  { name: 'common networks', check: checkCommonNetworks, service: ['depends_on', 'networks', 'network_mode'], model: [], facts: [] },
  { name: 'project name', check: checkProjectName, service: [], model: ['name'], facts: ['observed', 'homeDirs', 'realWorkingDirs'] },
  { name: 'owned names', check: checkOwnedNames, service: ['container_name'], model: ['name', 'networks', 'volumes'], facts: ['observed', 'stopping'] },
  { name: 'external networks and volumes', check: checkExternals, service: [], model: ['networks', 'volumes'], facts: ['observed'] },
  { name: 'data across modes', check: checkDataAcrossModes, service: ['volumes'], model: ['name', 'volumes'], facts: ['otherModes'] },
  { name: 'environment', check: checkEnvironment, service: [], model: ['secrets', 'configs'], facts: ['exampleValues', 'otherModes'], variables: true },
  { name: 'resources', check: checkResources, service: ['deploy', 'cpus', 'mem_limit', 'mem_reservation', 'cpu_shares', 'pids_limit'], model: [], facts: ['host'] },
];

import { checkResult } from './check-result';
import type { Check, CheckInput, CheckResult } from './facts';
import { isSameSubnet, subnetsOverlap } from './subnets';

const PROJECT_LABEL = 'com.docker.compose.project';

/** One range that a network of the files asks for. */
interface Claim {
  readonly key: string;
  readonly name: string;
  readonly subnet: string;
  readonly index: number;
}

function claimsOf(input: CheckInput): readonly Claim[] {
  return Object.entries(input.compose.model.networks).flatMap(([key, network]) =>
    network.external === true ? [] : (network.ipam.config ?? []).flatMap(({ subnet }, index) => (subnet === undefined || subnet === '' ? [] : [{ key, name: network.name, subnet, index }])),
  );
}

/** Ranges of addresses that a network asks for and that somebody has: another network of the files, of the engine, or this machine. */
export const checkSubnets: Check = (input) => {
  const claims = claimsOf(input);
  return claims.flatMap((claim, index) => {
    const others = claims.slice(0, index).filter((other) => other.key !== claim.key && subnetsOverlap(other.subnet, claim.subnet));
    const inFiles = others.map((other) => overlap(input, claim, 'error', `the network ${other.key} of the same files (${other.subnet})`, other.key, 'The engine refuses the second of them. Give one another range.'));
    if (inFiles.length > 0) return inFiles;
    const onEngine = engineOverlaps(input, claim);
    return onEngine.length > 0 ? onEngine : hostOverlaps(input, claim);
  });
};

function overlap(input: CheckInput, claim: Claim, severity: 'error' | 'warning', words: string, object: string, why: string): CheckResult {
  return checkResult({
    where: input.compose.locate(['networks', claim.key, 'ipam', 'config', String(claim.index), 'subnet']),
    object: `${claim.key}:${claim.subnet}:${object}`,
    code: 'SUBNET_OVERLAP',
    severity,
    message: `The subnet ${claim.subnet} of the network ${claim.key} overlaps with ${words}.`,
    why,
  });
}

/** A network that this project has already is kept or replaced by the switch: it is no conflict. */
function engineOverlaps(input: CheckInput, claim: Claim): readonly CheckResult[] {
  return (input.facts.observed?.networks ?? [])
    .filter((network) => network.name !== claim.name && network.labels[PROJECT_LABEL] !== input.compose.model.name)
    .flatMap((network) => {
      const taken = network.subnets.find((subnet) => subnetsOverlap(subnet, claim.subnet));
      const owner = network.labels[PROJECT_LABEL];
      return taken === undefined ? [] : [overlap(input, claim, 'error', `the network ${network.name}${owner === undefined ? '' : ` of project ${owner}`} (${taken})`, network.name, 'The engine gives a range of addresses to one network only, so this one could not be made. Choose another range, or remove the other network if nobody needs it.')];
    });
}

function hostOverlaps(input: CheckInput, claim: Claim): readonly CheckResult[] {
  const ofEngine = (input.facts.observed?.networks ?? []).flatMap((network) => network.subnets);
  const first = (input.facts.hostSubnets ?? []).find((one) => subnetsOverlap(one.cidr, claim.subnet) && !ofEngine.some((subnet) => isSameSubnet(subnet, one.cidr)));
  if (first === undefined) return [];
  return [overlap(input, claim, 'warning', `${first.cidr}, which this machine reaches through ${first.interfaceName}`, first.interfaceName, 'Containers and this machine could then no longer reach what is there (a VPN, the local network). Choose another range.')];
}

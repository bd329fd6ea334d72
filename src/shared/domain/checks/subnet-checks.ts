import type { ComposeModel } from '../compose/model';
import { checkResult } from './check-result';
import type { Check, CheckInput, CheckResult } from './facts';
import { nextFreeSubnet } from './free-subnet';
import { isSameSubnet, subnetsOverlap } from './subnets';

const PROJECT_LABEL = 'com.docker.compose.project';

/** One range that a network of the files asks for. */
interface Claim {
  readonly key: string;
  readonly name: string;
  readonly subnet: string;
  readonly index: number;
}

function claimsOf(model: ComposeModel): readonly Claim[] {
  return Object.entries(model.networks).flatMap(([key, network]) =>
    network.external === true ? [] : (network.ipam.config ?? []).flatMap(({ subnet }, index) => (subnet === undefined || subnet === '' ? [] : [{ key, name: network.name, subnet, index }])),
  );
}

/** Ranges of addresses that a network asks for and that somebody has: another network of the files, of the engine, or this machine. */
export const checkSubnets: Check = (input) => {
  const free = freeSubnets(input);
  return claimsOf(input.compose.model).flatMap((claim) =>
    overlapsOf(input, input.compose.model, claim).map(({ severity, words, object, why }): CheckResult => {
      const to = free.get(idOf(claim));
      return checkResult(
        {
          where: input.compose.locate(['networks', claim.key, 'ipam', 'config', String(claim.index), 'subnet']),
          object: `${claim.key}:${claim.subnet}:${object}`,
          code: 'SUBNET_OVERLAP',
          severity,
          message: `The subnet ${claim.subnet} of the network ${claim.key} overlaps with ${words}.`,
          why,
        },
        to === undefined ? [] : [{ title: `Give the network ${claim.key} the range ${to}`, action: { kind: 'set-subnet', network: claim.key, from: claim.subnet, to } }],
      );
    }),
  );
};

const idOf = ({ key, subnet }: Claim): string => `${key} ${subnet}`;

/**
 * What each range that overlaps could become. Every mode of the project works out the same, for the networks of all of
 * them: so that one range is written in every file, and no two networks are given one.
 */
function freeSubnets(input: CheckInput): ReadonlyMap<string, string> {
  const models = [input.compose.model, ...Object.values(input.facts.otherModes ?? {})];
  const claims = models.flatMap(claimsOf);
  const needy = new Map(models.flatMap((model) => claimsOf(model).filter((claim) => overlapsOf(input, model, claim).length > 0)).map((claim) => [idOf(claim), claim] as const));
  const taken = [...claims.map((one) => one.subnet), ...(input.facts.observed?.networks ?? []).flatMap((network) => network.subnets), ...(input.facts.hostSubnets ?? []).map((one) => one.cidr)];
  const free = new Map<string, string>();
  for (const [id, { subnet }] of [...needy].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const to = nextFreeSubnet(subnet, [...taken, ...free.values()], input.facts.addressPools ?? []);
    if (to !== undefined) free.set(id, to);
  }
  return free;
}

interface Overlap {
  readonly severity: 'error' | 'warning';
  readonly words: string;
  readonly object: string;
  readonly why: string;
}

function overlapsOf(input: CheckInput, model: ComposeModel, claim: Claim): readonly Overlap[] {
  const claims = claimsOf(model);
  const others = claims.slice(0, claims.findIndex((one) => one.key === claim.key && one.index === claim.index)).filter((other) => other.key !== claim.key && subnetsOverlap(other.subnet, claim.subnet));
  const inFiles = others.map((other): Overlap => ({ severity: 'error', words: `the network ${other.key} of the same files (${other.subnet})`, object: other.key, why: 'The engine refuses the second of them. Give one another range.' }));
  if (inFiles.length > 0) return inFiles;
  const onEngine = engineOverlaps(input, claim);
  return onEngine.length > 0 ? onEngine : hostOverlaps(input, claim);
}

/** A network that this project has already is kept or replaced by the switch: it is no conflict. */
function engineOverlaps(input: CheckInput, claim: Claim): readonly Overlap[] {
  return (input.facts.observed?.networks ?? [])
    .filter((network) => network.name !== claim.name && network.labels[PROJECT_LABEL] !== input.compose.model.name)
    .flatMap((network) => {
      const taken = network.subnets.find((subnet) => subnetsOverlap(subnet, claim.subnet));
      const owner = network.labels[PROJECT_LABEL];
      return taken === undefined ? [] : [{ severity: 'error', words: `the network ${network.name}${owner === undefined ? '' : ` of project ${owner}`} (${taken})`, object: network.name, why: 'The engine gives a range of addresses to one network only, so this one could not be made. Choose another range, or remove the other network if nobody needs it.' }];
    });
}

function hostOverlaps(input: CheckInput, claim: Claim): readonly Overlap[] {
  const ofEngine = (input.facts.observed?.networks ?? []).flatMap((network) => network.subnets);
  const first = (input.facts.hostSubnets ?? []).find((one) => subnetsOverlap(one.cidr, claim.subnet) && !ofEngine.some((subnet) => isSameSubnet(subnet, one.cidr)));
  if (first === undefined) return [];
  return [{ severity: 'warning', words: `${first.cidr}, which this machine reaches through ${first.interfaceName}`, object: first.interfaceName, why: 'Containers and this machine could then no longer reach what is there (a VPN, the local network). Choose another range.' }];
}

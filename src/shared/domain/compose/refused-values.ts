import { rangeOf, subnetsOverlap } from '../checks/subnets';
import type { ComposeModel, ComposeService } from './model';
import type { ComposeNode } from './node';
import { loadFinding, type LoadedFinding } from './refusals';

const RESTART = /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/;
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const NAME_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
/** The grammar of github.com/distribution/reference. */
const IMAGE = new RegExp(`^(?:${DOMAIN}/)?${NAME_PART}(?:/${NAME_PART})*(?::\\w[\\w.-]{0,127})?(?:@${DIGEST})?$`);
/** Nothing longer is an image; the pattern is not asked about it. */
const LONGEST_IMAGE = 512;

/** Values that docker compose passes on as they are and every engine refuses: said before anything is begun, with their place. */
export function findRefusedValues(model: ComposeModel, nodeAt: (path: readonly string[]) => ComposeNode | undefined): LoadedFinding[] {
  const findings: LoadedFinding[] = [];
  const refuse = (path: readonly string[], message: string, why: string): void => {
    findings.push(loadFinding({ code: 'REFUSED_VALUE', path, node: nodeAt(path), message, why }));
  };
  for (const [key, network] of Object.entries(model.networks)) {
    if (network.external === true) continue;
    network.ipam.config?.forEach(({ subnet = '' }, index) => {
      if (subnet !== '' && rangeOf(subnet) === undefined) refuse(['networks', key, 'ipam', 'config', String(index), 'subnet'], `The subnet ${subnet} of the network ${key} is no range of addresses.`, 'It takes an address and the length of its prefix, as 10.20.0.0/16.');
    });
  }
  for (const [name, service] of Object.entries(model.services)) {
    const at = (...path: string[]): readonly string[] => ['services', name, ...path];
    const { restart = '', image = '' } = service;
    if (restart !== '' && !RESTART.test(restart)) refuse(at('restart'), `${name} cannot be restarted "${restart}".`, 'It takes no, always, unless-stopped, on-failure or on-failure:<times>.');
    if (image !== '' && (image.length > LONGEST_IMAGE || !IMAGE.test(image))) refuse(at('image'), `${image} is no name of an image.`, image.endsWith(':') ? 'Behind the colon there is no tag: the variable for it may not be set.' : 'Names are written in small letters, with dots, dashes and slashes between; a tag follows a colon.');
    for (const [limit, value] of Object.entries(service.ulimits ?? {})) {
      if (typeof value === 'object' && value.hard >= 0 && (value.soft > value.hard || value.soft < 0)) refuse(at('ulimits', limit), `The soft limit ${String(value.soft)} of ${limit} in ${name} is above the hard one, ${String(value.hard)}.`, 'The soft limit may be as high as the hard one at most.');
    }
    refuseAddresses(model, service, (network, key, message, why) => refuse(at('networks', network, key), message, why));
  }
  return findings;
}

function refuseAddresses(model: ComposeModel, service: ComposeService, refuse: (network: string, key: string, message: string, why: string) => void): void {
  for (const [name, joined] of Object.entries(service.networks ?? {})) {
    for (const [key, bits] of [['ipv4_address', 32], ['ipv6_address', 128]] as const) {
      const address = joined?.[key] ?? '';
      if (address === '') continue;
      const range = rangeOf(`${address}/${String(bits)}`);
      if (range?.bits !== bits) {
        refuse(name, key, `${address} is no ${bits === 32 ? 'IPv4' : 'IPv6'} address.`, `It takes one address of the network, as ${bits === 32 ? '10.20.0.5' : 'fd00::5'}.`);
        continue;
      }
      const network = model.networks[name];
      const subnets = (network?.ipam.config ?? []).flatMap(({ subnet }) => (subnet !== undefined && rangeOf(subnet)?.bits === bits ? [subnet] : []));
      if (network?.external === true || subnets.length === 0 || subnets.some((subnet) => subnetsOverlap(subnet, `${address}/${String(bits)}`))) continue;
      refuse(name, key, `The address ${address} is outside of the network ${name} (${subnets.join(', ')}).`, 'Choose one in the range of the network, or change the range.');
    }
  }
}

import type { ComposeModel } from './model';
import type { ComposeNode } from './node';
import { loadFinding, type LoadedFinding } from './refusals';
import { refusedIsolation } from './refused-isolation';
import { refusedLimits } from './refused-limits';
import { refusedMounts, refusedVolumes } from './refused-mounts';
import { refusedNetworks } from './refused-networks';
import { refusedOptions } from './refused-options';

const RESTART = /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/;
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const NAME_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
/** The grammar of github.com/distribution/reference. */
const IMAGE = new RegExp(`^(?:${DOMAIN}/)?${NAME_PART}(?:/${NAME_PART})*(?::\\w[\\w.-]{0,127})?(?:@${DIGEST})?$`);
/** Nothing longer is an image; the pattern is not asked about it. */
const LONGEST_IMAGE = 512;

/** Says that the value at a path, of the model or within one service, is refused: one sentence, and what is taken. */
export type Refuse = (path: readonly string[], message: string, why: string) => void;

/** Values that docker compose passes on as they are and every engine refuses: said before anything is begun, with their place. */
export function findRefusedValues(model: ComposeModel, nodeAt: (path: readonly string[]) => ComposeNode | undefined): LoadedFinding[] {
  const findings: LoadedFinding[] = [];
  const refuse: Refuse = (path, message, why) => void findings.push(loadFinding({ code: 'REFUSED_VALUE', path, node: nodeAt(path), message, why }));
  refusedNetworks(model, refuse);
  refusedVolumes(model, refuse);
  for (const [name, service] of Object.entries(model.services)) {
    const refuseIn: Refuse = (path, message, why) => refuse(['services', name, ...path], message, why);
    const { restart = '', image = '' } = service;
    if (restart !== '' && !RESTART.test(restart)) refuseIn(['restart'], `${name} cannot be restarted "${restart}".`, 'It takes no, always, unless-stopped, on-failure or on-failure:<times>.');
    if (image !== '' && (image.length > LONGEST_IMAGE || !IMAGE.test(image))) refuseIn(['image'], `${image} is no name of an image.`, image.endsWith(':') ? 'Behind the colon there is no tag: the variable for it may not be set.' : 'Names are written in small letters, with dots, dashes and slashes between; a tag follows a colon.');
    refusedLimits(name, service, refuseIn);
    refusedOptions(name, service, refuseIn);
    refusedIsolation(name, service, refuseIn);
    refusedMounts(name, service, refuseIn);
  }
  return findings;
}

import type { Project, RiskyFact } from '../projects/project';
import type { ComposeModel } from '../compose/model';

/** The facts that the user has not said yes to: all of them for a project that was never trusted (`trustedKeys` null), else the new ones. Each key once. */
export function untrustedFacts(facts: readonly RiskyFact[], trustedKeys: readonly string[] | null): readonly RiskyFact[] {
  const known = new Set(trustedKeys ?? []);
  return [...new Map(facts.map((fact) => [fact.key, fact])).values()].filter((fact) => trustedKeys === null || !known.has(fact.key));
}

/** Most dangerous first: who can take over the machine before who can only look at a folder. */
const ORDER: readonly RiskyFact['kind'][] = ['docker-socket', 'privileged', 'host-namespace', 'device', 'capability', 'security-option', 'bind-outside', 'hook', 'other'];

/**
 * What the trust question says, as plain sentences, most dangerous first. A project that was never trusted is
 * first asked about in general: its files decide which programs run. Empty when nothing must be asked.
 */
export function trustQuestions(project: Pick<Project, 'name' | 'trusted'>, model: Pick<ComposeModel, 'services'>, untrusted: readonly RiskyFact[]): readonly string[] {
  const general = project.trusted ? [] : [generalQuestion(project.name, model)];
  const sorted = [...untrusted].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.service.localeCompare(b.service) || a.key.localeCompare(b.key));
  return [...general, ...sorted.map((fact) => fact.text)];
}

function generalQuestion(name: string, model: Pick<ComposeModel, 'services'>): string {
  const services = Object.values(model.services);
  const built = services.filter((service) => service.build !== undefined).length;
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${name} runs ${count(services.length, 'service')}${built === 0 ? '' : ` and builds ${count(built, 'image')} from this folder`}: what its files say is run on this computer.`;
}

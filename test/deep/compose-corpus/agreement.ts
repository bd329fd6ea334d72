import type { HashDialect } from '@shared/domain/compose/model';
import type { ComposeService } from '@main/compose/service';
import { askBerth, differences, type Oracle } from './compare';
import type { FileSet } from './file-sets';

/** The least agreement, in percent, that a run passes with. */
export const LIMITS = { acceptance: 99, model: 98.5, hash: 98.5 } as const;

/** What was counted over all sets. */
export interface Agreement {
  sets: number;
  bothAccept: number;
  bothRefuse: number;
  onlyDocker: number;
  onlyBerth: number;
  services: number;
  modelEqual: number;
  hashEqual: number;
}

/** The same in percent, and whether it is enough. */
export interface Share {
  readonly acceptance: number;
  readonly model: number;
  readonly hash: number;
  readonly enough: boolean;
}

/** Compares Berth with docker compose on every set, two at a time, and tells each disagreement with its first difference. */
export async function compareSets(sets: readonly FileSet[], oracle: Oracle, compose: ComposeService, tell: (line: string) => void): Promise<Agreement> {
  const agreement: Agreement = { sets: sets.length, bothAccept: 0, bothRefuse: 0, onlyDocker: 0, onlyBerth: 0, services: 0, modelEqual: 0, hashEqual: 0 };
  const dialect = await oracle.dialect();
  const waiting = [...sets];
  const work = async (): Promise<void> => {
    for (let set = waiting.shift(); set !== undefined; set = waiting.shift()) await compareSet(set, { oracle, compose, dialect, agreement, tell });
  };
  await Promise.all([work(), work()]);
  return agreement;
}

interface Comparison {
  readonly oracle: Oracle;
  readonly compose: ComposeService;
  readonly dialect: HashDialect;
  readonly agreement: Agreement;
  readonly tell: (line: string) => void;
}

async function compareSet(set: FileSet, { oracle, compose, dialect, agreement, tell }: Comparison): Promise<void> {
  const theirs = await oracle.ask(set.files);
  const ours = await askBerth(compose, set.files, { dialect });
  if (!theirs.ok || !ours.ok) {
    if (!theirs.ok && !ours.ok) {
      agreement.bothRefuse += 1;
      if (process.env['BERTH_SHOW_REFUSALS'] === '1') tell(`REFUSED ${set.name}\n  docker: ${theirs.reason}\n  berth:  ${ours.reason}`);
    } else if (!ours.ok) {
      agreement.onlyDocker += 1;
      tell(`ONLY DOCKER ACCEPTS ${set.name}\n  ${ours.reason}`);
    } else if (!theirs.ok) {
      agreement.onlyBerth += 1;
      tell(`ONLY BERTH ACCEPTS ${set.name}\n  ${theirs.reason}`);
    }
    return;
  }
  agreement.bothAccept += 1;
  const found = differences(theirs.model, ours.model);
  // What differs outside of the services counts against all of them.
  const isAllWrong = found.some((one) => !one.startsWith('/services/'));
  for (const [service, hash] of Object.entries(theirs.hashes)) {
    agreement.services += 1;
    const isEqual = !isAllWrong && differences(serviceOf(theirs.model, service), serviceOf(ours.model, service)).length === 0;
    if (isEqual) agreement.modelEqual += 1;
    if (ours.hashes[service] === hash) agreement.hashEqual += 1;
    else if (isEqual) tell(`HASH ${set.name} ${service}`);
  }
  if (found.length > 0) tell(`MODEL ${set.name}\n  ${found[0] ?? ''}${found.length > 1 ? `\n  and ${found.length - 1} more` : ''}`);
}

function serviceOf(model: unknown, name: string): unknown {
  return (model as { readonly services?: { readonly [name: string]: unknown } }).services?.[name];
}

/** Percentages of what was counted; nothing to count is full agreement. */
export function shareOf(agreement: Agreement): Share {
  const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (part / whole) * 100);
  const acceptance = percent(agreement.bothAccept + agreement.bothRefuse, agreement.sets);
  const model = percent(agreement.modelEqual, agreement.services);
  const hash = percent(agreement.hashEqual, agreement.services);
  return { acceptance, model, hash, enough: acceptance >= LIMITS.acceptance && model >= LIMITS.model && hash >= LIMITS.hash };
}

/** The totals as lines for a person. */
export function summaryOf(title: string, agreement: Agreement): string {
  const share = shareOf(agreement);
  const line = (what: string, part: number, whole: number, reached: number, limit: number): string => `  ${what.padEnd(16)} ${part} of ${whole}  ${reached.toFixed(2)} %  (at least ${limit} %)`;
  return [
    `${title}: ${agreement.sets} sets, ${agreement.bothAccept} accepted by both, ${agreement.bothRefuse} refused by both, ${agreement.onlyDocker} accepted by docker compose alone, ${agreement.onlyBerth} by Berth alone`,
    line('accept or refuse', agreement.bothAccept + agreement.bothRefuse, agreement.sets, share.acceptance, LIMITS.acceptance),
    line('model of services', agreement.modelEqual, agreement.services, share.model, LIMITS.model),
    line('hash of services', agreement.hashEqual, agreement.services, share.hash, LIMITS.hash),
  ].join('\n');
}

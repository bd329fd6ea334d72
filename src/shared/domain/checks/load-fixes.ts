import type { ComposeModel, LoadedCompose } from '../compose/model';
import type { FaultPlace } from '../compose/refusals';
import type { Finding } from '../findings/finding';
import type { ReferenceSection } from '../edits/service-references';
import type { ProposedFix } from './check-result';
import { cycleEdges } from './cycle-edges';

/** What can be done about a fault that the load of the files found: about names that lead nowhere the likeliest slip first, then what makes the name unnecessary. */
export function fixesOfLoad(compose: LoadedCompose, finding: Finding, place: FaultPlace | undefined): readonly ProposedFix[] {
  if (place === undefined) return [];
  const [section, service = '', key, item = ''] = place.path;
  const { model } = compose;
  switch (finding.code) {
    case 'UNDEFINED_SERVICE':
      return key === 'build' ? buildContext(model, service, place.path[4] ?? '', place.nearest) : undefinedService(compose, service, item, place.nearest);
    case 'UNDEFINED_NETWORK':
      return undefinedObject(finding, service, 'networks', item, place.nearest);
    case 'UNDEFINED_VOLUME':
      return undefinedObject(finding, service, 'volumes', model.services[service]?.volumes?.[Number(item)]?.source ?? '', place.nearest);
    case 'DEPENDENCY_CYCLE':
      return cycleEdges(model, service, item).map(([from, to]) => ({ title: `Let ${from} no longer depend on ${to}`, action: { kind: 'drop-reference', service: from, section: 'services', name: to } }));
    case 'UNKNOWN_KEY':
      return [...renamedKey(finding, place), ...withoutEntry(finding, place)];
    case 'UNSUPPORTED_KEY':
      // A note has no effect, and what an engine is too old for works on a newer one. Without its context a build is of the project's own folder.
      return finding.severity === 'error' && !isBuildContext(place) ? withoutEntry(finding, place) : [];
    case 'INVALID_VALUE':
      return section === 'services' && (key === 'secrets' || key === 'configs') ? undefinedObject(finding, service, key, model.services[service]?.[key]?.[Number(item)]?.source ?? '', place.nearest) : invalidValue(finding, place);
    default:
      return [];
  }
}

function undefinedService({ model, disabledServices }: LoadedCompose, service: string, name: string, nearest: string | undefined): readonly ProposedFix[] {
  const drop: ProposedFix = { title: `Let ${service} no longer depend on ${name}`, action: { kind: 'drop-reference', service, section: 'services', name } };
  if (disabledServices.includes(name)) return [{ title: `Let ${service} wait for ${name} only where its profile is active`, action: { kind: 'set-depends-on', service, dependency: name, condition: model.services[service]?.depends_on?.[name]?.condition ?? 'service_started', required: false } }, drop];
  return [...renamed(service, 'services', name, nearest), drop];
}

/** Only a service that is built can be a build context. */
function buildContext(model: ComposeModel, service: string, alias: string, nearest: string | undefined): readonly ProposedFix[] {
  const name = (model.services[service]?.build?.additional_contexts?.[alias] ?? '').replace(/^service:/, '');
  return [...renamed(service, 'services', name, nearest), { title: `Take the build context ${alias} out of ${service}`, action: { kind: 'drop-reference', service, section: 'services', name } }];
}

function undefinedObject(finding: Finding, service: string, section: Exclude<ReferenceSection, 'services'>, name: string, nearest: string | undefined): readonly ProposedFix[] {
  if (name === '') return [];
  const word = section.slice(0, -1);
  const declare: ProposedFix[] = (section === 'networks' || section === 'volumes') && finding.where !== undefined ? [{ title: `Define the ${word} ${name}`, action: { kind: 'declare', section, name, value: {}, file: finding.where.file } }] : [];
  return [...renamed(service, section, name, nearest), ...declare, { title: `Take the ${word} ${name} out of ${service}`, action: { kind: 'drop-reference', service, section, name } }];
}

function renamed(service: string, section: ReferenceSection, from: string, to: string | undefined): readonly ProposedFix[] {
  return to === undefined ? [] : [{ title: `Write ${to} in place of ${from}`, action: { kind: 'rename-reference', service, section, from, to } }];
}

function renamedKey({ where }: Finding, { path, nearest }: FaultPlace): readonly ProposedFix[] {
  if (nearest === undefined || where?.line === undefined) return [];
  return [{ title: `Write ${nearest} in place of ${path.at(-1) ?? ''}`, action: { kind: 'rename-key', path, to: nearest, file: where.file, line: where.line, column: where.column ?? 1 } }];
}

function isBuildContext({ path }: FaultPlace): boolean {
  return path[0] === 'services' && path.slice(2).join('.') === 'build.context';
}

function withoutEntry({ where }: Finding, { path }: FaultPlace, title = `Take ${path.join('.')} out`): readonly ProposedFix[] {
  return where?.line === undefined ? [] : [{ title, action: { kind: 'remove-entry', path, file: where.file, line: where.line, column: where.column ?? 1 } }];
}

/** What contradicts another key or entry of its service can go; what the service cannot be without is a person's choice. */
function invalidValue(finding: Finding, place: FaultPlace): readonly ProposedFix[] {
  const [section, , ...rest] = place.path;
  if (section !== 'services' || rest.length === 0 || rest[0] === 'build') return [];
  if (rest[0] === 'healthcheck') return withoutEntry(finding, { path: place.path.slice(0, 3) }, `Take ${place.path.slice(0, 3).join('.')} out`);
  return rest[0] === 'deploy' ? [] : withoutEntry(finding, place);
}

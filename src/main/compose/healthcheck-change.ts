import type { ComposeModel } from '@shared/domain/compose/model';
import { editHealthcheck, hasHealthcheck, onlyPort, type HealthcheckRequest } from '@shared/domain/edits/healthcheck';
import { firstDifference } from '@shared/domain/edits/model-difference';
import { declaresService } from '@shared/domain/services/edit-resources';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { numberOf, textOf } from '@shared/domain/operations/operation-input';
import type { FilesChange } from './files-operation';
import type { ProjectFiles } from './project-files';

const KEPT = ['service', 'kind', 'port', 'path', 'command', 'intervalSeconds', 'timeoutSeconds', 'retries', 'startPeriodSeconds'];

/** `compose.healthcheck`: a service tells whether it works, in every mode that declares it. */
export const healthcheckChange: FilesChange = {
  kind: 'compose.healthcheck',
  change: 'healthcheck',
  prepare(input) {
    if (input['kind'] === 'command' && (typeof input['command'] !== 'string' || input['command'].trim() === '')) throw new AppError('input-invalid', 'A health check by command needs the command.', { hint: 'Give it with --command.' });
    return Object.fromEntries(KEPT.flatMap((key) => (input[key] === undefined ? [] : [[key, input[key]]])));
  },
  title: (input) => (input['kind'] === 'none' ? `Take the health check off ${textOf(input, 'service')}` : `Give ${textOf(input, 'service')} a health check`),
  async workOut(_deps, files, input) {
    const service = textOf(input, 'service');
    const having = files.loaded.filter(({ compose }) => Object.hasOwn(compose.model.services, service));
    const [first] = having;
    if (first === undefined) throw new AppError('service-not-found', `${files.project.name} has no service called ${service}.`, { hint: `Its services are ${[...new Set(files.loaded.flatMap(({ compose }) => Object.keys(compose.model.services)))].join(', ')}.` });
    const request = requestOf(input, first.compose.model);
    const declaring = new Set<string>();
    for (const { compose } of having) for (const file of await declaringFiles(files, compose.files, service, request === null)) declaring.add(file);
    if (declaring.size === 0 && request !== null) throw new AppError('fix-failed', `No compose file inside the project declares ${service} in a form that Berth can change.`, { where: first.compose.locate(['services', service]) });
    for (const file of declaring) await files.edit(file, `The health check of ${service}`, (text) => editHealthcheck(text, service, request));
    return {
      steps: [request === null ? `Take the health check of ${service} out of its files` : `Write the health check of ${service} where it is declared`],
      risks: request === null ? ['Nothing tells any more whether it works; a check that its image brings along counts again.'] : [...risksOf(request), `When it fails ${String(request.retries)} times in a row, ${service} is unhealthy: services that wait for it do not start, and a switch is put back.`],
      remakes: true,
      differs(mode, after) {
        const before = files.loaded.find((one) => one.name === mode)?.compose.model;
        if (before === undefined) return null;
        if (Object.hasOwn(before.services, service) && !hasHealthcheck(after.model.services[service]?.healthcheck, request)) return `${service} does not get this health check in ${mode}: another file decides it.`;
        const place = firstDifference(before, after.model, (path) => path.join('.') === `services.${service}.healthcheck`);
        return place === undefined ? null : `In ${mode}, ${place.join('.')} would change too.`;
      },
    };
  },
};

function risksOf(request: HealthcheckRequest): readonly string[] {
  switch (request.kind) {
    case 'http':
      return ['It asks with wget, curl or node: the image needs one of them, and a shell.'];
    case 'tcp':
      return ['It asks with nc or bash: the image needs one of them, and a shell.'];
    case 'command':
      return ['The image needs a shell.'];
  }
}

function requestOf(input: JsonObject, model: ComposeModel): HealthcheckRequest | null {
  const kind = textOf(input, 'kind');
  if (kind === 'none') return null;
  if (kind !== 'http' && kind !== 'tcp' && kind !== 'command') throw new AppError('input-invalid', `There is no health check of the kind "${kind}".`);
  const service = textOf(input, 'service');
  const definition = model.services[service];
  const port = typeof input['port'] === 'number' ? input['port'] : definition === undefined ? undefined : onlyPort(definition);
  if (port === undefined && kind !== 'command') throw new AppError('input-invalid', `Which port of ${service} is to be asked cannot be told from its files.`, { hint: 'Give the port inside the container with --port.' });
  return {
    kind,
    port: port ?? 0,
    path: typeof input['path'] === 'string' ? input['path'] : '/',
    command: typeof input['command'] === 'string' ? input['command'] : '',
    intervalSeconds: numberOf(input, 'intervalSeconds'),
    timeoutSeconds: numberOf(input, 'timeoutSeconds'),
    retries: numberOf(input, 'retries'),
    startPeriodSeconds: numberOf(input, 'startPeriodSeconds'),
  };
}

/** Of the files of a mode the first that declares the service, and each that has a health check for it; only the latter when it is taken away. */
async function declaringFiles(files: ProjectFiles, composeFiles: readonly string[], service: string, isTakenAway: boolean): Promise<readonly string[]> {
  const found: string[] = [];
  for (const file of composeFiles) {
    const text = files.pathOf(file) === null ? undefined : await files.text(file);
    const declares = text === undefined ? 'no' : declaresService(text, service, ['healthcheck']);
    if (declares === 'with-it' || (declares === 'yes' && found.length === 0 && !isTakenAway)) found.push(file);
  }
  return found;
}

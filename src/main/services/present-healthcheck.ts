import type { InputOf, OutputOf } from '@shared/contract/contract';
import { presentHealthcheck } from '@shared/domain/edits/present-healthcheck';
import { canonicalImage, modeImage } from '@shared/domain/modes/naming';
import type { Handlers } from '@main/dispatch/types';
import { unknownService } from './log-sources';
import type { ServicesDependencies } from './types';

/** What telling the health check needs from outside. */
interface HealthcheckDependencies extends Pick<ServicesDependencies, 'projects'> {
  readonly engine: Pick<ServicesDependencies['engine'], 'inspectImage'>;
}

/** Binds `services.healthcheck`. */
export function healthcheckHandlers(deps: HealthcheckDependencies): Pick<Handlers, 'services.healthcheck'> {
  return { 'services.healthcheck': (input) => readHealthcheck(deps, input) };
}

/** The image is asked only where the files leave it to the image. */
async function readHealthcheck({ projects, engine }: HealthcheckDependencies, input: InputOf<'services.healthcheck'>): Promise<OutputOf<'services.healthcheck'>> {
  const project = await projects.resolve(input.project);
  const loaded = await projects.loadModes(project.id);
  const modes = Object.entries(loaded).filter(([mode, { model }]) => (input.mode === undefined || mode === input.mode) && Object.hasOwn(model.services, input.service));
  const [mode, compose] = modes[0] ?? [];
  const definition = compose?.model.services[input.service];
  if (mode === undefined || compose === undefined || definition === undefined) throw unknownService(project.name, input.service, Object.values(loaded).flatMap(({ model }) => Object.keys(model.services)));
  const file = definition.healthcheck;
  const isDecided = file?.disable === true || (file?.test?.length ?? 0) > 0;
  const image = isDecided ? null : ((definition.build === undefined ? null : await engine.inspectImage(modeImage(compose.model.name, input.service, mode))) ?? (await engine.inspectImage(canonicalImage(compose.model.name, input.service, definition))));
  return { healthcheck: presentHealthcheck(file, image?.healthcheck) };
}

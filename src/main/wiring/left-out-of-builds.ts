import type { ComposeModel } from '@shared/domain/compose/model';
import type { LeftOut } from '@shared/domain/services/watch-rules';
import { contextsOf } from '@main/checks';

/** What .dockerignore leaves out of the folder that each service is built from. */
export async function leftOutOfBuilds(model: ComposeModel, projectDir: string): Promise<ReadonlyMap<string, LeftOut>> {
  const found = await Promise.all(Object.entries(model.services).map(async ([service, definition]) => [service, (await contextsOf([{ ...model, services: { [service]: definition } }], projectDir))[0]] as const));
  return new Map(found.flatMap(([service, context]) => (context === undefined ? [] : [[service, context] as const])));
}

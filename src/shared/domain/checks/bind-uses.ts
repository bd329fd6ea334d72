import type { ComposeMount, ComposeService } from '../compose/model';

/** One bind mount of one service, with where it is written. */
export interface BindUse {
  readonly service: string;
  readonly index: number;
  readonly mount: ComposeMount;
  readonly source: string;
}

/** Every bind mount of the model that has a source. */
export function bindsOf(services: { readonly [name: string]: ComposeService }): readonly BindUse[] {
  return Object.entries(services).flatMap(([service, definition]) =>
    (definition.volumes ?? []).flatMap((mount, index) => (mount.type === 'bind' && mount.source !== undefined && mount.source !== '' ? [{ service, index, mount, source: mount.source }] : [])),
  );
}

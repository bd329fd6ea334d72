import type { ComposeBuild, ComposeModel } from '../compose/model';
import { contextSource, type ContextSource } from './named-contexts';

/** One secret of a build. `place` is a path or the name of a variable, `source` its name in the file. */
export interface BuildSecretInput {
  readonly id: string;
  readonly from: 'file' | 'variable';
  readonly place: string;
  readonly source: string;
}

/** What a build is given beside its context and its arguments, in one reading for the trust question, the request and the fingerprint. */
export interface BuildInputs {
  readonly secrets: readonly BuildSecretInput[];
  /** An empty socket is the agent of the user's session; a path may be a socket or a key file. */
  readonly agents: readonly { readonly id: string; readonly socket: string }[];
  readonly contexts: readonly { readonly name: string; readonly source: ContextSource }[];
}

/** Reads `secrets`, `ssh` and `additional_contexts` of a build. Secrets that nothing defines, and external ones, are refused before. */
export function buildInputs(build: ComposeBuild | undefined, secrets: ComposeModel['secrets']): BuildInputs {
  return {
    secrets: (build?.secrets ?? []).flatMap(({ source, target }): readonly BuildSecretInput[] => {
      const object = Object.hasOwn(secrets, source) ? secrets[source] : undefined;
      const id = (target ?? source).replace(/^\/run\/secrets\//, '');
      if (object?.file !== undefined) return [{ id, from: 'file', place: object.file, source }];
      return object?.environment === undefined ? [] : [{ id, from: 'variable', place: object.environment, source }];
    }),
    agents: (build?.ssh ?? []).map((entry) => {
      const [id = '', socket = ''] = entry.split(/=(.*)/s, 2);
      return { id, socket };
    }),
    contexts: Object.entries(build?.additional_contexts ?? {}).map(([name, value]) => ({ name, source: contextSource(value) })),
  };
}

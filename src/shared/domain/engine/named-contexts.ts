import { instructionsOf } from './dockerfile-lines';

/** What an entry of `build.additional_contexts` names. */
export type ContextSource =
  | { readonly kind: 'folder'; readonly dir: string }
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'service'; readonly service: string }
  /** What no engine takes through its build API: addresses and layouts of images on disk. */
  | { readonly kind: 'unsupported'; readonly what: string };

/** Reads the value of one additional context, its path made absolute before. */
export function contextSource(value: string): ContextSource {
  const scheme = /^([a-z-]+):(?:\/\/)?/.exec(value)?.[1] ?? '';
  if (value.startsWith('docker-image://')) return { kind: 'image', reference: value.slice('docker-image://'.length) };
  if (scheme === 'service') return { kind: 'service', service: value.replace(/^service:(?:\/\/)?/, '') };
  if (/^(?:https?|git|ssh|oci-layout|target)$/.test(scheme) || value.startsWith('git@') || value.startsWith('github.com/')) return { kind: 'unsupported', what: scheme === 'oci-layout' ? 'an image layout on disk' : scheme === 'target' ? 'a target of another build' : 'an address' };
  return { kind: 'folder', dir: value };
}

/** True when a context of this name can be given to a build as a stage. */
export function isStageName(name: string): boolean {
  return /^[a-z][a-z0-9_.-]*$/i.test(name) && name.toLowerCase() !== 'scratch';
}

/** A Dockerfile with named contexts in it, or the line that stands in the way. */
export type DockerfileWithContexts =
  | { readonly ok: true; readonly text: string; readonly added: AddedLines }
  | { readonly ok: false; readonly line: number; readonly reason: string };

/** Lines that stand in the text that is built and not in the user's file: so many before this line of his. */
export interface AddedLines {
  readonly before: number;
  readonly count: number;
}

/** The line of the user's file for one of the text that is built. */
export function ownLine(line: number, added: AddedLines | undefined): number {
  if (added === undefined || line < added.before) return line;
  return Math.max(added.before, line - added.count);
}

/**
 * Puts named contexts before the first stage, as stages of their own: `FROM <name>`, `COPY --from=<name>` and
 * `RUN --mount=from=<name>` then find them with every builder and engine. Directives and global arguments stay in front.
 */
export function withNamedContexts(dockerfile: string, contexts: readonly { readonly name: string; readonly reference: string }[]): DockerfileWithContexts {
  const instructions = instructionsOf(dockerfile);
  const first = instructions.find((one) => one.keyword === 'FROM');
  if (contexts.length === 0 || first === undefined) return { ok: true, text: dockerfile, added: { before: 1, count: 0 } };
  const names = new Set(contexts.map((one) => one.name.toLowerCase()));
  const same = instructions.find((one) => one.keyword === 'FROM' && names.has(one.stage.toLowerCase()));
  if (same !== undefined) return { ok: false, line: same.line, reason: `the stage ${same.stage} is called like an additional context; give one of them another name` };
  const numbered = instructions.find((one) => (one.keyword === 'COPY' && /\s--from=\d+(?=\s)/.test(one.text)) || (one.keyword === 'RUN' && /\s--mount=(?:\S*,)?from=\d+(?=[\s,])/.test(one.text)));
  if (numbered !== undefined) return { ok: false, line: numbered.line, reason: 'with additional contexts a stage is taken by its name, not by its number' };
  const lines = dockerfile.split('\n');
  const stages = contexts.map((one) => `FROM ${one.reference} AS ${one.name}`);
  return { ok: true, text: [...lines.slice(0, first.line - 1), ...stages, ...lines.slice(first.line - 1)].join('\n'), added: { before: first.line, count: stages.length } };
}

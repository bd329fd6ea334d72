/** What decides which engine is used. */
export interface EngineReasons {
  readonly decidedBy: 'DOCKER_HOST' | 'DOCKER_CONTEXT' | null;
  readonly chosen: string;
  readonly currentContext: string | null;
  /** The place in use; null while none answers. */
  readonly used: { readonly name: string; readonly origin: string } | null;
}

/** Which engine is used and why, in one sentence. */
export function whyEngine({ decidedBy, chosen, currentContext, used }: EngineReasons): string {
  const place = used === null ? 'No engine answers' : `${used.name} is used`;
  if (decidedBy !== null) return `${place}: ${decidedBy} is set where Berth was started, and that decides.`;
  if (chosen !== '') return `${place}: ${chosen === used?.name ? 'it' : `“${chosen}”`} was chosen in Berth.`;
  if (used === null) return 'No engine answers in any of these places.';
  if (currentContext !== null && used.origin === `context ${currentContext}`) return `${place}: it is the current context of the docker command.`;
  return `${place}: it is the first of the usual places that answers.`;
}

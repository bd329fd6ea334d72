/** Why somebody should look at a service. */
export interface ServiceTrouble {
  readonly code: 'SERVICE-FAILED' | 'SERVICE-UNHEALTHY';
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a service, by what it shows; null when nothing is, or when it is stopped on purpose. */
export function troubleOf(service: { readonly name: string; readonly state: string; readonly health: string; readonly exitCode: number | null; readonly orphan: boolean }): ServiceTrouble | null {
  if (service.orphan) return null;
  if (service.state === 'failed') {
    const code = service.exitCode === null ? '' : ` with code ${String(service.exitCode)}`;
    return { code: 'SERVICE-FAILED', message: `${service.name} ended by its own fault${code}.`, hint: `Its last words: berth services logs ${service.name}` };
  }
  if (service.health === 'unhealthy') return { code: 'SERVICE-UNHEALTHY', message: `${service.name} runs, but its health check fails.`, hint: `Its last words: berth services logs ${service.name}` };
  return null;
}

/** True when a standing alert already says what this one would: the loop of a service says more than that it has failed. */
export function isSaidBy(standing: AlertKey, alert: AlertKey): boolean {
  return standing.code === 'CRASH-LOOP' && alert.code === 'SERVICE-FAILED' && standing.projectId === alert.projectId && standing.service === alert.service;
}

interface AlertKey {
  readonly code: string;
  readonly projectId: string | null;
  readonly service: string | null;
}

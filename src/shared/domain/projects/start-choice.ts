/** What "Start" means for a project as it is now. */
export type StartChoice = { readonly kind: 'start' } | { readonly kind: 'switch'; readonly mode: string } | { readonly kind: 'none' };

const UP = new Set(['running', 'starting', 'restarting']);

/** True when at least one container of the project runs or is coming up: Stop has something to stop. */
export function canStop(services: readonly { readonly state: string }[]): boolean {
  return services.some((service) => UP.has(service.state) || service.state === 'partial' || service.state === 'paused');
}

/**
 * Stopped containers are started again as they are; where there is none at all, the project comes up in its first
 * mode, which is a switch. `none` when everything runs already.
 */
export function startChoice(
  project: { readonly modes: readonly { readonly name: string }[]; readonly activeMode: string | null },
  services: readonly { readonly state: string; readonly containerIds: readonly string[] }[],
): StartChoice {
  const first = project.modes[0];
  if (services.every((service) => service.containerIds.length === 0)) return first === undefined ? { kind: 'none' } : { kind: 'switch', mode: first.name };
  const idle = services.some((service) => service.containerIds.length > 0 && !UP.has(service.state) && service.state !== 'done');
  return idle ? { kind: 'start' } : { kind: 'none' };
}

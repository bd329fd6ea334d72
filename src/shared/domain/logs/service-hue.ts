/** How many colours tell services from each other. */
export const SERVICE_HUES = 8;

/** The colour of a service among those of its project: neighbours differ, and a service keeps its own while the others stay. */
export function serviceHue(service: string, services: readonly string[]): number {
  const at = services.indexOf(service);
  if (at !== -1) return at % SERVICE_HUES;
  let hash = 0;
  for (let index = 0; index < service.length; index += 1) hash = (hash * 31 + service.charCodeAt(index)) % 65_521;
  return hash % SERVICE_HUES;
}

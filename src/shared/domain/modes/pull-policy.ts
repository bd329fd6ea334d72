const UNIT_MS: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** After how long an image counts as old; undefined for a policy that does not go by age. */
export function pullAfterMs(policy: string | undefined): number | undefined {
  if (policy === 'daily') return UNIT_MS['d'];
  if (policy === 'weekly') return UNIT_MS['w'];
  const every = /^every_((?:\d+[wdhms])+)$/.exec(policy ?? '')?.[1];
  if (every === undefined) return undefined;
  return [...every.matchAll(/(\d+)([wdhms])/g)].reduce((sum, [, count = '0', unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}

/**
 * Whether a service's image is fetched before the service is started. `taggedAt`: when the engine last gave it its name (ISO),
 * as docker compose counts the age; an image of which that is not known is fetched where the policy goes by age.
 */
export function isPullDue(policy: string | undefined, image: { readonly taggedAt?: string | undefined } | null, nowMs: number): boolean {
  if (policy === 'never' || policy === 'build') return false;
  if (image === null || policy === 'always') return true;
  const afterMs = pullAfterMs(policy);
  if (afterMs === undefined) return false;
  const tagged = Date.parse(image.taggedAt ?? '');
  return Number.isNaN(tagged) || nowMs - tagged > afterMs;
}

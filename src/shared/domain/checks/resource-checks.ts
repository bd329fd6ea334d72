import { clampToHost, presetOf } from '../services/presets';
import { checkResult } from './check-result';
import type { Check } from './facts';

/** Limits above what the engine's machine has. */
export const checkResources: Check = (input) => {
  const { host } = input.facts;
  if (host === undefined) return [];
  return Object.entries(input.compose.model.services).flatMap(([service, definition]) => {
    const { notice } = clampToHost(presetOf(definition), host);
    if (notice === '') return [];
    return [
      checkResult({
        code: 'RESOURCE_CLAMPED',
        severity: 'info',
        service,
        where: input.compose.locate(['services', service, 'deploy', 'resources', 'limits']),
        object: service,
        message: `${service} may use more than this machine has.`,
        why: notice,
      }),
    ];
  });
};

import type { JsonObject } from '@shared/kernel/json';
import type { Store } from '@main/platform/types';
import type { HealPolicy, Policies } from './types';

const DEFAULT_POLICY: HealPolicy = 'notify';

/** What is done about drift, per project and per service. Nothing but telling, until somebody chooses otherwise. */
export class DriftPolicies {
  constructor(private readonly store: Pick<Store, 'getRecord' | 'patchRecord'>) {}

  async of(projectId: string): Promise<Policies> {
    const data = (await this.store.getRecord('drift-policy', projectId))?.data ?? {};
    const services: { [service: string]: HealPolicy } = {};
    const stored = typeof data['services'] === 'object' && data['services'] !== null ? (data['services'] as JsonObject) : {};
    for (const [service, policy] of Object.entries(stored)) if (isPolicy(policy)) services[service] = policy;
    return { project: isPolicy(data['project']) ? data['project'] : DEFAULT_POLICY, services };
  }

  /** `project` as the policy: the service follows its project again; for the project: the default. */
  async choose(projectId: string, policy: HealPolicy | 'project', service: string | undefined): Promise<Policies> {
    const now = await this.of(projectId);
    if (service === undefined) await this.store.patchRecord('drift-policy', projectId, { project: policy === 'project' ? DEFAULT_POLICY : policy });
    else {
      const services = Object.fromEntries(Object.entries(now.services).filter(([name]) => name !== service));
      await this.store.patchRecord('drift-policy', projectId, { services: policy === 'project' ? services : { ...services, [service]: policy } });
    }
    return this.of(projectId);
  }
}

/** The policy of one service; the project's own where it has none. */
export function policyOf(policies: Policies, service: string): HealPolicy {
  return (Object.hasOwn(policies.services, service) ? policies.services[service] : undefined) ?? policies.project;
}

function isPolicy(value: unknown): value is HealPolicy {
  return value === 'notify' || value === 'ask' || value === 'heal';
}

/** What happens to a request that a rule is for. "Before" and "after" are about reaching the engine: after is the ambiguous case. */
export type ProxyAction =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'status'; readonly status: number; readonly message: string }
  | { readonly kind: 'reset-before' }
  | { readonly kind: 'reset-after' }
  /** Never answered. `forward`: the engine gets it and acts. */
  | { readonly kind: 'freeze'; readonly forward?: boolean }
  /** The answer breaks off after so many bytes of its body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'garbage' }
  /** The answer's body comes in small pieces. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number };

/** Which requests something happens to, and what. */
export interface ProxyRule {
  readonly method?: string;
  /** Without the version prefix and the query: '/containers/create' or a pattern. */
  readonly path?: string | RegExp;
  /** Only the nth matching request, counting from 1. */
  readonly nth?: number;
  /** Only so many times; unlimited by default. */
  readonly times?: number;
  readonly action: ProxyAction;
}

interface LiveRule extends ProxyRule {
  seen: number;
  used: number;
}

/** Whether a request is one a rule is for. */
export function fits(rule: Pick<ProxyRule, 'method' | 'path'>, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.path === undefined) return true;
  return typeof rule.path === 'string' ? rule.path === path : rule.path.test(path);
}

/** The rules that stand, asked for each request in their order. */
export class ProxyRules {
  private rules: readonly LiveRule[];

  constructor(rules: readonly ProxyRule[] = []) {
    this.rules = rules.map((rule) => ({ ...rule, seen: 0, used: 0 }));
  }

  for(method: string, path: string): ProxyAction | undefined {
    for (const rule of this.rules) {
      if (!fits(rule, method, path)) continue;
      rule.seen += 1;
      if (rule.nth !== undefined && rule.seen !== rule.nth) continue;
      if (rule.times !== undefined && rule.used >= rule.times) continue;
      rule.used += 1;
      return rule.action;
    }
    return undefined;
  }

  add(rule: ProxyRule): { dispose(): void } {
    const live: LiveRule = { ...rule, seen: 0, used: 0 };
    this.rules = [...this.rules, live];
    return { dispose: () => void (this.rules = this.rules.filter((item) => item !== live)) };
  }

  clear(): void {
    this.rules = [];
  }
}

import { activeMode } from '@shared/domain/modes/active-mode';
import { decideSwitch, type SwitchDecision } from '@shared/domain/modes/decide-switch';
import type { ModePlan } from '@shared/domain/modes/plan';
import { planSwitch } from '@shared/domain/modes/plan-switch';
import { fingerprintsOf, type Rebuild, type SwitchScope } from '@shared/domain/modes/switch-input';
import type { ModeDefinition, Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import { gather, type Gathered } from './gather';
import type { Modes, ModesDependencies } from './types';

/** A plan together with what it was made from. */
export interface Planned extends Gathered {
  readonly decision: SwitchDecision;
  readonly plan: ModePlan;
}

/** Which modes a project has, and what a switch to one would do. */
export class ModesService implements Modes {
  constructor(private readonly deps: ModesDependencies) {}

  async plan(reference: string, mode: string | undefined): Promise<ModePlan> {
    return (await this.prepare(reference, mode ?? (await this.ownMode(reference)))).plan;
  }

  /** The mode that is meant where none is named: the one that runs, or the only one. */
  private async ownMode(reference: string): Promise<string> {
    const project = await this.deps.projects.resolve(reference);
    const [only, ...more] = project.modes.map((one) => one.name);
    const active = only !== undefined && more.length === 0 ? only : await this.activeMode(project);
    if (active !== null && active !== 'mixed') return active;
    throw new AppError('input-invalid', `${project.name} has several modes, and ${active === null ? 'none of them runs' : 'services of more than one run'}.`, { hint: `Name the one that is meant: ${project.modes.map((one) => one.name).join(', ')}.` });
  }

  /** Gathers, decides, asks the checks: everything but acting. */
  async prepare(reference: string, mode: string, scope?: SwitchScope, rebuild?: Rebuild): Promise<Planned> {
    const { target, input: whole } = await gather(this.deps, reference, mode);
    const input = { ...whole, scope, rebuild, resolvedImages: scope?.images };
    const decision = decideSwitch(input);
    const findings = await this.deps.checks.run(target, input.observed, { stopping: decision.stopping });
    const plan = planSwitch(input, decision, { findings, untrustedFacts: target.untrustedFacts, trusted: target.project.trusted });
    return { target, input, decision, plan };
  }

  async list(reference: string): Promise<readonly (ModeDefinition & { readonly active: boolean })[]> {
    const project = await this.deps.projects.resolve(reference);
    const active = await this.activeMode(project).catch((error: unknown) => {
      // Without an engine the modes are still worth listing.
      if (error instanceof AppError) return null;
      throw error;
    });
    return project.modes.map((mode) => ({ ...mode, active: mode.name === active }));
  }

  async activeMode(project: Project): Promise<string | null> {
    const observed = await this.deps.engine.observe(project.name, []);
    if (observed.containers.length === 0) return null;
    return activeMode(project.modes, project.dir, observed.containers, fingerprintsOf(await this.deps.projects.loadModes(project.id)));
  }
}

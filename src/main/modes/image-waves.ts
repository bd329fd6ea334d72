import type { ImageStep } from '@shared/domain/modes/plan-images';
import type { PullBytes } from '@shared/domain/engine/pull-progress';
import type { BuildProgress } from '@main/docker/types';
import type { OperationContext } from '@main/operations/types';
import { builtBefore } from './build-extras';
import type { SwitchRun } from './switch-stage';

const MOST_STEP_CHARS = 80;

/** What has to be built, pulled and tagged, each once: first what others are built from. */
export function imageWaves({ planned: { decision, input } }: Pick<SwitchRun, 'planned'>): readonly (readonly ImageStep[])[] {
  const images = new Map(decision.images.map((one) => [one.service, one]));
  const before = (service: string): readonly string[] => (images.get(service)?.kind === 'build' ? builtBefore(input.compose.model.services[service]) : []);
  const needed = new Set(decision.images.filter((one) => decision.steps.some((step) => step.service === one.service && step.action !== 'remove')).map((one) => one.service));
  // A set that grows is walked to its new end.
  for (const service of needed) for (const other of before(service)) needed.add(other);
  let waiting = [...new Map([...needed].flatMap((service) => images.get(service) ?? []).filter((one) => one.kind !== 'none').map((one) => [one.reference, one])).values()];
  const waves: (readonly ImageStep[])[] = [];
  while (waiting.length > 0) {
    const open = new Set(waiting.map((one) => one.service));
    const ready = waiting.filter((one) => before(one.service).every((other) => !open.has(other)));
    const wave = ready.length === 0 ? waiting : ready;
    waves.push(wave);
    waiting = waiting.filter((one) => !wave.includes(one));
  }
  return waves;
}

/** Adds up what is downloaded for one operation, and tells each percent once. */
export class PulledBytes {
  private readonly of = new Map<string, PullBytes>();
  private said = -1;

  constructor(private readonly context: Pick<OperationContext, 'progress'>) {}

  note(reference: string, bytes: PullBytes): void {
    this.of.set(reference, bytes);
    let done = 0;
    let total = 0;
    for (const one of this.of.values()) {
      done += one.done;
      total += one.total;
    }
    const percent = Math.floor((done / total) * 100);
    if (percent === this.said) return;
    this.said = percent;
    this.context.progress({ bytes: { done, total } });
  }
}

/** `step 3 of 7: RUN npm ci`: what BuildKit puts before it says the same in its own words. */
export function stepText({ done, of, step }: BuildProgress): string {
  const name = step.replace(/^\[[^\]]*\] /, '').replace(/\s+/g, ' ');
  return `step ${String(Math.min(done + 1, of))} of ${String(of)}: ${name.length > MOST_STEP_CHARS ? `${name.slice(0, MOST_STEP_CHARS - 1)}…` : name}`;
}

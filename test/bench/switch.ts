import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { SETTINGS } from '@shared/domain/settings/settings';
import { createChecks, engineApiVersion, engineIsLocal } from '@main/checks';
import { createEngine } from '@main/docker/engine';
import { hostSources } from '@main/platform/mount-source';
import { hostPorts } from '@main/platform/ports';
import { openWorld, type World } from '../integration/modes/kit';
import { exchangeBare } from '../support/engine-floor';
import { ensureBusybox } from '../support/images';
import { chainChanged, chainProject, twentyServices, type TestProject } from '../support/projects';

/**
 * How long a switch of the six-service chain takes (db, redis -> api, worker -> web -> proxy; api, worker and web differ),
 * and of one of twenty and of fifty services (more of the same over one db and redis; 14 and 36 of them differ), against docker compose with the other file, and against down && up; and what the engine alone takes to exchange the same containers
 * (`exchangeBare`), below which nobody comes. Interleaved, medians. Process start of Berth is
 * left out (its core runs in this process, with its store worker and parser process); that of docker compose is not.
 * Options: --rounds <n> (5), --only ignoring|obeying|plan, --services <n>[,<n>] (6,20,50), --interval <duration> of the health checks (1s).
 */

const run = promisify(execFile);
const ROUNDS = Number(option('--rounds') ?? 5);
const ONLY = option('--only');
const TARGETS: { readonly [variant: string]: number } = { ignoring: 0.15, obeying: 0.7 };
const SIZES = (option('--services') ?? '6,20,50').split(',').map(Number);
/** Each check is a process in a container: so many of them once a second are more than a few cores have. */
const INTERVAL = option('--interval') ?? '1s';
/** With more services the other file is brought up with compose alone: going down and up says nothing more. */
const SMALL = 6;
/** Between two questions to one port. */
const PAUSE_MS = 15;

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2).padStart(7);
}

async function composeVersion(): Promise<string | null> {
  try {
    return (await run('docker', ['compose', 'version', '--short'])).stdout.trim();
  } catch {
    return null;
  }
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

/** Seconds that all cores worked while something was done, whoever made them. */
async function worked(act: () => Promise<unknown>): Promise<number> {
  const busy = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const before = busy();
  await act();
  return busy() - before;
}

async function compose(project: TestProject, ...args: string[]): Promise<void> {
  await run('docker', ['compose', ...args], { cwd: project.dir, maxBuffer: 16 * 1024 * 1024 });
}

async function berth(world: World, project: TestProject, mode: string): Promise<SwitchValue> {
  const ended = await world.switchTo(project.dir, mode);
  if (ended.state !== 'succeeded') throw new Error(`the switch to ${mode} ended ${ended.state}: ${ended.error?.message ?? ''}`);
  return ended.result as unknown as SwitchValue;
}

interface SwitchValue {
  readonly durationMs: number;
  readonly healthyMs: number;
  readonly services: readonly { readonly name: string; readonly downtimeMs: number }[];
}

/** Asks each port all the time; the longest time without an answer is its downtime as a visitor sees it. */
function watchPorts(ports: Readonly<Record<string, number>>): { stop(): Promise<ReadonlyMap<string, number>> } {
  const gaps = new Map<string, number>();
  let ended = false;
  // Each answer is a process of its own in a container: many services are asked as often, all together, as few are, or the asking takes the machine.
  const pauseMs = PAUSE_MS * Math.max(1, Object.keys(ports).length / SMALL);
  const watching = Object.entries(ports).map(async ([service, port]) => {
    let last = performance.now();
    gaps.set(service, 0);
    while (!ended) {
      const asked = performance.now();
      if (await answers(port)) {
        // Time between an answer and the next question that was answered too is not downtime.
        const gap = asked - last;
        if (gap > (gaps.get(service) ?? 0)) gaps.set(service, gap);
        last = performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  });
  return {
    async stop() {
      ended = true;
      await Promise.all(watching);
      return gaps;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path: '/', agent: false, timeout: 500 }, (response) => {
      response.resume();
      response.on('end', () => resolve(true));
      response.on('error', () => resolve(false));
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(false));
    asking.end();
  });
}

interface Outcome {
  readonly reached: boolean;
  /** To compose. */
  readonly ratio: number;
}

async function benchChain(variant: string, count: number): Promise<Outcome> {
  const project = await chainProject({ obeySigterm: variant === 'obeying', count, interval: INTERVAL });
  const changed = chainChanged(count);
  // As the product is set: what runs with a health check must not wait for the watching of what has none.
  const world = await openWorld({ built: true, change: (deps) => ({ ...deps, settleSeconds: () => SETTINGS['services.settleSeconds'].default }) });
  const times: { [method: string]: number[] } = { berth: [], healthy: [], up: [], downUp: [], floor: [] };
  const work: { [method: string]: number[] } = { berth: [], up: [], floor: [] };
  const downtimes: number[] = [];
  const seen: number[] = [];
  const untouched: number[] = [];
  try {
    await world.projects.open(project.dir, true);
    await berth(world, project, 'dev');
    for (let round = 0; round < ROUNDS; round += 1) {
      let value: SwitchValue | null = null;
      work['berth']?.push(await worked(async () => times['berth']?.push(await timed(async () => (value = await berth(world, project, 'prod'))))));
      const result = value as SwitchValue | null;
      times['healthy']?.push(result?.healthyMs ?? 0);
      for (const one of result?.services ?? []) if (changed.includes(one.name)) downtimes.push(one.downtimeMs);
      await berth(world, project, 'dev');
      work['up']?.push(await worked(async () => times['up']?.push(await timed(() => compose(project, '-f', 'docker-compose.clean.yml', 'up', '-d', '--wait')))));
      await berth(world, project, 'dev');
      await exchangeBare(project.name, changed, variant === 'obeying' ? 10 : 0, async (act) => work['floor']?.push(await worked(async () => times['floor']?.push(await timed(act)))));
      await berth(world, project, 'dev');
      // Not beside what is timed: each answer is a process of its own, and compose is timed without.
      const watch = watchPorts(project.ports);
      await berth(world, project, 'prod');
      for (const [service, gap] of await watch.stop()) (changed.includes(service) ? seen : untouched).push(gap);
      await berth(world, project, 'dev');
      if (count > SMALL) continue;
      times['downUp']?.push(
        await timed(async () => {
          await compose(project, '-f', 'docker-compose.dev.yml', 'down');
          await compose(project, '-f', 'docker-compose.clean.yml', 'up', '-d', '--wait');
        }),
      );
      await berth(world, project, 'dev');
    }
  } finally {
    await world.close();
    await project.close();
  }
  const line = (name: string, values: readonly number[] | undefined): void => console.log(`  ${name.padEnd(44)}${seconds(median(values ?? []))} s   [${(values ?? []).map((one) => (one / 1000).toFixed(2)).join(', ')}]`);
  console.log(`\n${String(count)} services, ${String(changed.length)} of them change; ${variant === 'obeying' ? 'old containers obey SIGTERM' : 'old containers ignore SIGTERM'}; checked every ${INTERVAL} (${String(ROUNDS)} rounds, medians)`);
  line('Berth: the whole operation', times['berth']);
  line('Berth: until all are healthy', times['healthy']);
  line('docker compose up -d --wait, other file', times['up']);
  if (count <= SMALL) line('docker compose down && up -d --wait', times['downUp']);
  line('the engine alone, the same containers', times['floor']);
  line('  work of all cores, Berth', work['berth']);
  line('  work of all cores, up', work['up']);
  line('  work of all cores, the engine alone', work['floor']);
  console.log(`  downtime of a changed service (durationMs rule)  ${seconds(median(downtimes))} s   as a visitor sees it ${seconds(median(seen))} s`);
  console.log(`  longest silence of an unchanged service           ${seconds(Math.max(...untouched))} s`);
  const down = median(downtimes) < 1000;
  const ratio = median(times['berth'] ?? []) / median(times['up'] ?? []);
  const target = TARGETS[variant] ?? 1;
  const floor = median(times['floor'] ?? []) / median(times['up'] ?? []);
  const toDownUp = count > SMALL ? '' : `; to down && up: ${(median(times['berth'] ?? []) / median(times['downUp'] ?? [])).toFixed(3)}`;
  console.log(`  ratio to up -d --wait: ${ratio.toFixed(3)} (target at most ${String(target)})${toDownUp}; of the engine alone: ${floor.toFixed(3)}`);
  console.log(`  ${ratio <= target ? 'reached' : 'MISSED'}: ratio; ${down ? 'reached' : 'MISSED'}: median downtime under 1 s`);
  return { reached: ratio <= target && down, ratio };
}

/** One variant in every size. With more services the ratio is to be no worse than with the fewest; the downtime under a second is asked for with those alone. */
async function benchSizes(variant: string): Promise<boolean> {
  let first: Outcome | null = null;
  let good = true;
  for (const count of SIZES) {
    const outcome = await benchChain(variant, count);
    if (first === null) {
      first = outcome;
      good = outcome.reached;
      continue;
    }
    const worse = outcome.ratio > first.ratio;
    console.log(`  ${worse ? 'MISSED' : 'reached'}: ratio ${outcome.ratio.toFixed(3)}, with ${String(SIZES[0])} services ${first.ratio.toFixed(3)}`);
    good &&= !worse;
  }
  return good;
}

async function benchPlan(): Promise<boolean> {
  const project = await twentyServices();
  const engine = createEngine();
  const checks = createChecks({ ports: hostPorts(), sources: hostSources({ timeoutMs: 2000 }), engineIsLocal: () => engineIsLocal(engine), engineApiVersion: () => engineApiVersion(engine) });
  const world = await openWorld({ built: true, checks });
  try {
    await world.projects.open(project.dir, true);
    await berth(world, project, 'dev');
    const plans: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) plans.push(await timed(() => world.modes.plan(project.dir, 'prod')));
    console.log(`\nmodes plan, 20 services, checks included: ${median(plans).toFixed(0)} ms (target under 300)   [${plans.map((one) => one.toFixed(0)).join(', ')}]`);
    return median(plans) < 300;
  } finally {
    engine.close();
    await world.close();
    await project.close();
  }
}

/** What there is to compare with; without it there is no ratio, and so no bench. */
async function requireCompose(): Promise<string> {
  const version = await composeVersion();
  if (version !== null) return version;
  console.error('docker compose is not installed, so there is nothing to compare with. To get it:');
  console.error('  apt-get install docker-compose-plugin   (Docker’s own repository), or');
  console.error('  GOBIN=$PWD/bin CGO_ENABLED=0 go install -ldflags "-s -w -X github.com/docker/compose/v5/internal.Version=v5.0.2" github.com/docker/compose/v5/cmd@v5.0.2');
  console.error('  mkdir -p ~/.docker/cli-plugins && cp bin/cmd ~/.docker/cli-plugins/docker-compose');
  process.exit(1);
}

const results: boolean[] = [];
const variants = ['ignoring', 'obeying'].filter((variant) => ONLY === undefined || ONLY === variant);
if (variants.length > 0) console.log(`Compared with docker compose ${await requireCompose()}.`);
await ensureBusybox();
for (const variant of variants) results.push(await benchSizes(variant));
if (ONLY === undefined || ONLY === 'plan') results.push(await benchPlan());
process.exitCode = results.every((one) => one) ? 0 : 1;

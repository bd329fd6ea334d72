import type { ContainerState } from '../engine/observed';
import { fieldOf, numberOf, textOf, textsOf } from '../engine/read-json';

/** How far the container of a workspace is, as its entry says it. */
export interface RunnerReport {
  readonly phase: 'waiting' | 'copying' | 'installing' | 'starting' | 'running' | 'failed';
  readonly detail: string;
  readonly command: string;
  readonly copiedAt: string | null;
  /** From its source, since it was started. */
  readonly readBytes: number;
  /** What was printed last, when it failed. */
  readonly lines: readonly string[];
}

const PHASES: readonly RunnerReport['phase'][] = ['waiting', 'copying', 'installing', 'starting', 'running', 'failed'];
const DETAIL_CHARACTERS = 400;
const LINES_SHOWN = 3;

/** The state file of the entry; null when it is none. It was written beside code of strangers: every field may be anything. */
export function readReport(text: string): RunnerReport | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const phase = PHASES.find((one) => one === fieldOf(parsed, 'phase'));
  if (phase === undefined) return null;
  const copiedAt = textOf(fieldOf(parsed, 'copiedAt'));
  return {
    phase,
    detail: textOf(fieldOf(parsed, 'detail')).slice(0, DETAIL_CHARACTERS),
    command: textOf(fieldOf(parsed, 'command')).slice(0, DETAIL_CHARACTERS),
    copiedAt: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(copiedAt) ? copiedAt : null,
    readBytes: Math.max(0, numberOf(fieldOf(parsed, 'readBytes'))),
    lines: textsOf(fieldOf(parsed, 'lines')).slice(-20),
  };
}

/** What is shown of a container and its report; null report: it says nothing (yet). */
export function runnerStanding(container: { readonly state: ContainerState; readonly exitCode: number }, report: RunnerReport | null): Pick<RunnerReport, 'detail' | 'command' | 'copiedAt' | 'readBytes'> & { readonly state: RunnerReport['phase'] | 'stopped' } {
  const known = { command: report?.command ?? '', copiedAt: report?.copiedAt ?? null, readBytes: report?.readBytes ?? 0 };
  switch (container.state) {
    case 'running':
      return report === null ? { state: 'copying', detail: 'The container has just started.', ...known } : { state: report.phase, detail: detailOf(report), ...known };
    case 'restarting':
      return { state: 'failed', detail: `The container ended with code ${String(container.exitCode)} and is started again.`, ...known };
    case 'paused':
      return { state: 'stopped', detail: 'The container is paused.', ...known };
    case 'created':
      return { state: 'stopped', detail: 'The container was made and not started.', ...known };
    default:
      return numberOf(container.exitCode) === 0 || container.exitCode === 143 || container.exitCode === 137
        ? { state: 'stopped', detail: 'The container is stopped.', ...known }
        : { state: 'failed', detail: `The container ended with code ${String(container.exitCode)}.`, ...known };
  }
}

function detailOf({ phase, detail, lines }: RunnerReport): string {
  if (phase !== 'failed' || lines.length === 0) return detail;
  return `${detail} ${lines.slice(-LINES_SHOWN).join(' · ')}`.slice(0, DETAIL_CHARACTERS);
}

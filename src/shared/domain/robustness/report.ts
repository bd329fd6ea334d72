/** How one point went. */
export interface PointResult {
  readonly id: string;
  readonly title: string;
  readonly ok: boolean;
  readonly tookMs: number;
  /** One sentence. */
  readonly detail: string;
}

/** The whole run. */
export interface RobustnessReport {
  readonly score: number;
  readonly of: number;
  readonly tookMs: number;
  readonly points: readonly PointResult[];
  readonly markdown: string;
}

/** The score and the page of a run. */
export function robustnessReport(projectName: string, points: readonly PointResult[], tookMs: number): RobustnessReport {
  const score = points.filter((point) => point.ok).length;
  const rows = points.map((point) => `| ${point.ok ? 'passed' : 'lost'} | ${cell(point.title)} | ${seconds(point.tookMs)} | ${cell(point.detail)} |`);
  const markdown = [
    `# Robustness of ${projectName}: ${String(score)}/${String(points.length)}`,
    '',
    `Tried on an isolated copy in ${seconds(tookMs)}; the copy is removed.`,
    '',
    '| | point | took | what happened |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  return { score, of: points.length, tookMs, points, markdown };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** One line, and no bar that would end the cell. */
function cell(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}

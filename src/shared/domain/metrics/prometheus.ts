/** One family of numbers in the Prometheus text format. */
export interface MetricFamily {
  /** Letters, digits and underscores; made fit when it is not. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  /** Added to the family's name: `_sum` and `_count` of a summary. */
  readonly suffix?: '_sum' | '_count' | undefined;
  readonly labels?: { readonly [name: string]: string } | undefined;
  readonly value: number;
}

/** The Prometheus text format, version 0.0.4. Families without samples are left out. */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families
    .filter((family) => family.samples.length > 0)
    .map((family) => {
      const name = fitName(family.name);
      return [`# HELP ${name} ${escapeHelp(family.help)}`, `# TYPE ${name} ${family.type}`, ...family.samples.map((sample) => line(name, sample)), ''].join('\n');
    })
    .join('');
}

/** A name as the format allows it. */
export function fitName(name: string): string {
  const fit = name.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[a-zA-Z_]/.test(fit) ? fit : `_${fit}`;
}

function line(name: string, sample: MetricSample): string {
  const labels = Object.entries(sample.labels ?? {}).map(([label, value]) => `${fitName(label)}="${escapeLabel(value)}"`);
  return `${name}${sample.suffix ?? ''}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${formatNumber(sample.value)}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

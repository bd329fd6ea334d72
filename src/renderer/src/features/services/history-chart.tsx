import { useEffect, useRef, type ReactElement } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { say } from '../../locales/say';
import { useMedia } from '../../lib/use-media';

interface HistoryChartProps {
  readonly title: string;
  /** Milliseconds since the epoch, rising. */
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  readonly fromMs: number;
  readonly toMs: number;
  /** The least value at the top of the chart, so that noise does not look like load. */
  readonly floor: number;
  readonly format: (value: number) => string;
  /** Bytes: the axis is divided at powers of two, so that it reads in whole MiB. */
  readonly bytes?: boolean;
}

const BYTE_STEPS = Array.from({ length: 40 }, (_, power) => 2 ** power);

/** One measure over 24 hours. What the drawing shows stands beside it in words: now, highest, average. */
export function HistoryChart({ title, at, values, fromMs, toMs, floor, format, bytes = false }: HistoryChartProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const dark = useMedia('(prefers-color-scheme: dark)');
  const known = values.filter((value) => value !== null);
  const words =
    known.length === 0 ? say.resources.noSamples : say.resources.words(format(known.at(-1) ?? 0), format(Math.max(...known)), format(known.reduce((sum, value) => sum + value, 0) / known.length));

  useEffect(() => {
    const element = box.current;
    if (element === null || at.length === 0) return undefined;
    const chart = new uPlot(optionsFor(element, { fromMs, toMs, floor, format, bytes }), [at.map((ms) => ms / 1000), [...values]], element);
    const observer = new ResizeObserver(() => chart.setSize(sizeOf(element)));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
    // The colours are the theme's, so another theme draws it anew.
  }, [at, values, fromMs, toMs, floor, format, bytes, dark]);

  return (
    <figure className="chart">
      <figcaption>
        <span className="chart-title">{title}</span> <span className="dim">{words}</span>
      </figcaption>
      <div ref={box} className="chart-box" role="img" aria-label={`${title}: ${words}`} />
    </figure>
  );
}

function sizeOf(element: HTMLElement): { readonly width: number; readonly height: number } {
  return { width: Math.max(80, element.clientWidth), height: Math.max(60, element.clientHeight) };
}

function optionsFor(element: HTMLElement, { fromMs, toMs, floor, format, bytes }: Pick<Required<HistoryChartProps>, 'fromMs' | 'toMs' | 'floor' | 'format' | 'bytes'>): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const line = { stroke: color('--line'), width: 1 };
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    padding: [4, 6, 0, 0],
    scales: { x: { range: [fromMs / 1000, toMs / 1000] }, y: { range: (_chart, _low, high) => [0, Math.max(floor, high * 1.1)] } },
    axes: [
      { stroke: color('--text-3'), font, size: 20, gap: 2, space: 60, grid: { show: false }, ticks: { show: false }, values: (_chart, splits) => splits.map((seconds) => new Date(seconds * 1000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hour12: false })) },
      { stroke: color('--text-3'), font, size: 62, gap: 4, space: 28, ...(bytes ? { incrs: BYTE_STEPS } : {}), grid: line, ticks: { show: false }, values: (_chart, splits) => splits.map(format) },
    ],
    series: [{}, { stroke: color('--accent-text'), fill: `${color('--accent-text')}22`, width: 1.25, points: { show: false }, spanGaps: false }],
  };
}

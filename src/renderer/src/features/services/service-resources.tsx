import { useCallback, useEffect, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { mebibytes, percent, perSecond, uptime } from '../../lib/format';
import { useAnswer } from '../../lib/use-answer';
import { useVisible } from '../../lib/use-visible';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { healthSegments, healthTotals } from './health-segments';
import { HistoryChart } from './history-chart';
import { PresetDialog } from './preset-dialog';
import './service-resources.css';

type History = OutputOf<'stats.history'>;
type Preset = OutputOf<'services.presets'>['current'];

const AGAIN_MS = 30_000;
const MIB = 1_048_576;
const CHANGEABLE = ['current', 'combined', 'none'] as const;

/** What one service used over 24 hours, how healthy it was, and what it may use. */
export function ServiceResources({ projectId, service, busy }: { readonly projectId: string; readonly service: string; readonly busy: boolean }): ReactElement {
  const visible = useVisible();
  const { value, error, again } = useAnswer(useCallback(() => call('stats.history', { project: projectId, service }), [projectId, service]));
  useEffect(() => {
    if (!visible) return undefined;
    const timer = setInterval(again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [visible, again]);
  return (
    <div className="resources scroll" tabIndex={0} role="region" aria-label={say.resources.title} data-testid="service-resources">
      {error !== null && value === null && <ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />}
      {value === null && error === null && <Skeleton rows={3} label={say.boot.loading} />}
      {value !== null && <Charts history={value} service={service} />}
      <Presets projectId={projectId} service={service} busy={busy} />
    </div>
  );
}

function Charts({ history, service }: { readonly history: History; readonly service: string }): ReactElement {
  const series = history.series.find((one) => one.service === service);
  const span = { fromMs: Date.parse(history.fromAt), toMs: Date.parse(history.toAt) };
  if (series === undefined || series.at.length === 0) return <p className="dim">{say.resources.none}</p>;
  return (
    <>
      <div className="charts">
        <HistoryChart {...span} title={say.resources.cpu} at={series.at} values={series.cpu} floor={0.1} format={percent} />
        <HistoryChart {...span} title={say.resources.memory} at={series.at} values={series.memoryBytes} floor={16 * MIB} format={mebibytes} bytes />
        <HistoryChart {...span} title={say.resources.network} at={series.at} values={series.networkBytesPerSecond} floor={16 * 1024} format={perSecond} bytes />
        <HistoryChart {...span} title={say.resources.block} at={series.at} values={series.blockBytesPerSecond} floor={16 * 1024} format={perSecond} bytes />
      </div>
      <HealthStrip changes={series.health} {...span} />
    </>
  );
}

function HealthStrip({ changes, fromMs, toMs }: { readonly changes: History['series'][number]['health']; readonly fromMs: number; readonly toMs: number }): ReactElement {
  const segments = healthSegments(changes, fromMs, toMs);
  const totals = healthTotals(segments);
  const words = (['good', 'bad', 'checking', 'off'] as const).filter((kind) => totals[kind] > 0).map((kind) => say.resources.healthFor(say.resources.healths[kind], uptime(totals[kind])));
  return (
    <div className="health">
      <h3>{say.resources.health}</h3>
      <div className="health-strip" role="img" aria-label={`${say.resources.health}: ${words.join(', ')}`}>
        {segments.map((segment) => (
          <i key={segment.fromMs} data-kind={segment.kind} style={{ flexGrow: segment.toMs - segment.fromMs }} title={`${say.resources.healthFor(say.resources.healths[segment.kind], uptime(segment.toMs - segment.fromMs))} · ${new Date(segment.fromMs).toLocaleString()}`} />
        ))}
      </div>
      <p className="dim">{words.join(', ')}</p>
    </div>
  );
}

function Presets({ projectId, service, busy }: { readonly projectId: string; readonly service: string; readonly busy: boolean }): ReactElement | null {
  const { value, error, again } = useAnswer(useCallback(() => call('services.presets', { project: projectId, service }), [projectId, service]));
  const [chosen, setChosen] = useState<Preset | null>(null);
  if (error !== null) return <ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />;
  if (value === null) return null;
  const offered = value.presets.filter((preset) => preset.name !== 'custom');
  const notices = [...new Set(offered.map((preset) => preset.notice).filter((notice) => notice !== ''))];
  return (
    <>
      <section className="presets">
      <h3>{say.resources.presets}</h3>
      <ul>
        {(value.current.name === 'custom' ? [value.current, ...offered] : offered).map((preset) => {
          const is = preset.name === value.current.name;
          return (
            <li key={preset.name} data-testid={`preset-${preset.name}`} data-current={is}>
              <span className="preset-name">{say.resources.presetNames[preset.name]}</span>
              <span className="dim">{limits(preset)}</span>
              <span className="grow" />
              {is ? (
                <span className="dim">{say.resources.inUse}</span>
              ) : (
                <Button size="small" disabled={busy} onClick={() => setChosen(preset)}>
                  {say.resources.use}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {notices.map((notice) => (
        <p key={notice} className="preset-notice">
          {notice}
        </p>
      ))}
    </section>
      {chosen !== null && (
        <PresetDialog
          projectId={projectId}
          service={service}
          preset={CHANGEABLE.find((name) => name === chosen.name) ?? 'none'}
          notice={chosen.notice}
          onClose={(changed) => {
            setChosen(null);
            if (changed) again();
          }}
        />
      )}
    </>
  );
}

function limits(preset: Preset): string {
  if (preset.cpus === 0 && preset.memoryBytes === 0) return say.resources.noLimits;
  return say.resources.limits(preset.reservedCpus, mebibytes(preset.reservedMemoryBytes), preset.cpus, mebibytes(preset.memoryBytes));
}

import { useCallback, useEffect, useState, type ReactElement } from 'react';
import { Pause, Play } from 'lucide-react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { duration, mebibytes, percent, uptime } from '../../lib/format';
import type { Runtime } from '../../lib/model';
import { setModel } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { useVisible } from '../../lib/use-visible';
import { Button } from '../../ui/button';
import { CopyCommand } from '../../ui/copy-command';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { Switch } from '../../ui/switch';
import { Ago, useNow } from '../../ui/time';
import { componentMark, worstOf } from './runtime-answer';
import './runtime-panel.css';

const AGAIN_MS = 5_000;

/** The process that keeps everything true: is every part of it at work? */
export function RuntimePanel({ runtime }: { readonly runtime: Runtime | null }): ReactElement {
  const asked = useAnswer(useCallback(() => call('runtime.status', {}), []));
  const shown = runtime ?? asked.value;
  const worst = shown === null ? null : worstOf(shown.components);
  return (
    <>
      <PageHead
        mark={worst === null ? undefined : <StateMark mark={componentMark(worst.state)} />}
        sentence={shown === null || worst === null ? (asked.error === null ? say.boot.loading : say.runtime.failed) : say.runtime.sentence(shown.components.length, worst.state, worst.names)}
        detail={shown === null ? undefined : <ProcessLine runtime={shown} />}
      />
      <div className="page-content scroll runtime" tabIndex={0} role="region" aria-label={say.activity.tabs.runtime}>
        {shown === null && asked.error !== null && <ErrorBox error={asked.error} actions={<Button size="small" onClick={asked.again}>{say.actions.retry}</Button>} />}
        {shown === null && asked.error === null && <Skeleton rows={4} label={say.boot.loading} />}
        {shown !== null && (
          <>
            <Components runtime={shown} />
            <LocalApi runtime={shown} />
            <Durations />
            <Lifespan runtime={shown} />
          </>
        )}
      </div>
    </>
  );
}

function ProcessLine({ runtime }: { readonly runtime: Runtime }): ReactElement {
  const now = useNow();
  return <>{say.runtime.process(runtime.pid, mebibytes(runtime.memoryBytes), percent(runtime.cpuShare), uptime(now - Date.parse(runtime.startedAt)), say.runtime.hosts[runtime.host])}</>;
}

function Components({ runtime }: { readonly runtime: Runtime }): ReactElement {
  const turn = (component: Runtime['components'][number]): Promise<void> =>
    attempt(async () => {
      const answer = await call(component.state === 'paused' ? 'runtime.resume' : 'runtime.pause', { component: component.name });
      setModel((model) => ({ ...model, runtime: answer }));
    });
  return (
    <table className="grid-table" data-testid="components">
      <caption className="hidden-text">{say.runtime.components}</caption>
      <thead>
        <tr>
          <th className="runtime-name">{say.runtime.component}</th>
          <th className="runtime-state">{say.services.state}</th>
          <th className="runtime-time">{say.services.uptime}</th>
          <th className="runtime-time">{say.runtime.lastTick}</th>
          <th>{say.runtime.counters}</th>
          <th className="runtime-act">
            <span className="hidden-text">{say.runtime.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {runtime.components.map((component) => {
          const paused = component.state === 'paused';
          return (
            <tr key={component.name} data-testid={`component-${component.name}`} data-state={component.state}>
              <td className="runtime-name">{component.name}</td>
              <td className="runtime-state" title={component.detail}>
                <span className="runtime-mark">
                  <StateMark mark={componentMark(component.state)} />
                  {say.runtime.states[component.state]}
                </span>
              </td>
              <td className="runtime-time">{component.startedAt === null ? '–' : <Since at={component.startedAt} />}</td>
              <td className="runtime-time">{component.lastTickAt === null ? '–' : <Ago at={component.lastTickAt} />}</td>
              <td>
                <div className="runtime-counters" title={component.detail}>
                  {Object.entries(component.counters).map(([name, number]) => (
                    <span key={name}>
                      {number.toLocaleString('en')} <span className="dim">{name}</span>
                    </span>
                  ))}
                </div>
              </td>
              <td className="runtime-act">
                <Button size="small" look="quiet" icon={paused ? <Play size={12} /> : <Pause size={12} />} aria-label={paused ? say.runtime.resume(component.name) : say.runtime.pause(component.name)} onClick={() => void turn(component)}>
                  {paused ? say.runtime.resumeShort : say.runtime.pauseShort}
                </Button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Since({ at }: { readonly at: string }): ReactElement {
  return <span title={new Date(at).toLocaleString()}>{uptime(useNow() - Date.parse(at))}</span>;
}

function LocalApi({ runtime }: { readonly runtime: Runtime }): ReactElement {
  const { socket, tcp } = runtime.api;
  const [working, setWorking] = useState(false);
  const change = (enabled: boolean): Promise<void> => {
    setWorking(true);
    return attempt(async () => {
      await call('settings.set', { key: 'api.tcp', value: enabled });
      const answer = await call('runtime.status', {});
      setModel((model) => ({ ...model, runtime: answer }));
    }).finally(() => setWorking(false));
  };
  return (
    <section>
      <h2>{say.runtime.api}</h2>
      <dl className="runtime-facts">
        <dt>{say.runtime.socket}</dt>
        <dd>
          <CopyCommand command={socket} label={say.runtime.copySocket} />
        </dd>
        <dt id="api-tcp">127.0.0.1</dt>
        <dd>
          <Switch aria-labelledby="api-tcp" checked={tcp.enabled} disabled={working} data-testid="api-tcp" onChange={(event) => void change(event.target.checked)}>
            <span className="dim">{tcp.enabled ? (tcp.url ?? say.runtime.opening) : say.runtime.tcpOff}</span>
          </Switch>
        </dd>
        {tcp.enabled && (
          <>
            <dt>{say.runtime.token}</dt>
            <dd>
              <CopyCommand command={tcp.tokenFile} label={say.runtime.copyToken} />
              <Button size="small" onClick={() => void attempt(() => call('api.rotate-token', {}))} title={say.runtime.rotateHint}>
                {say.runtime.rotate}
              </Button>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Durations(): ReactElement | null {
  const visible = useVisible();
  const { value, error, again } = useAnswer(useCallback(() => call('runtime.metrics', {}), []));
  useEffect(() => {
    if (!visible) return undefined;
    const timer = setInterval(again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [visible, again]);
  return (
    <section>
      <h2>{say.runtime.durations}</h2>
      {value === null && error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />}
      {value?.durations.length === 0 && <p className="dim runtime-none">{say.runtime.noDurations}</p>}
      {value !== null && value.durations.length > 0 && (
        <table className="grid-table" data-testid="durations">
          <caption className="hidden-text">{say.runtime.durations}</caption>
          <thead>
            <tr>
              <th>{say.runtime.work}</th>
              <th className="number">{say.runtime.times}</th>
              <th className="number">{say.runtime.failures}</th>
              <th className="number">p50</th>
              <th className="number">p95</th>
              <th className="number">{say.runtime.longest}</th>
            </tr>
          </thead>
          <tbody>
            {value.durations.map((metric) => (
              <tr key={metric.name}>
                <td>{metric.name}</td>
                <td className="number">{metric.count.toLocaleString('en')}</td>
                <td className="number" data-some={metric.failed > 0}>
                  {metric.failed}
                </td>
                <td className="number">{duration(metric.p50Ms)}</td>
                <td className="number">{duration(metric.p95Ms)}</td>
                <td className="number">{duration(metric.maxMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Lifespan({ runtime }: { readonly runtime: Runtime }): ReactElement {
  return (
    <section>
      <h2>{say.runtime.lifespan}</h2>
      <ol className="lifespan" data-testid="lifespan">
        {runtime.lifespan.map((step) => (
          <li key={step.step}>
            <span className="faint">{step.step}</span>
            <StateMark mark={step.ok ? 'good' : 'warn'} />
            <span>{step.name}</span>
            <span className="number">{duration(step.tookMs)}</span>
            <span className="dim ellipsis selectable" title={step.detail}>
              {step.ok ? step.detail : say.runtime.again(step.detail)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

import type { ReactElement } from 'react';
import { serviceHue } from '@shared/domain/logs/service-hue';
import type { LogQuery } from '@shared/domain/logs/query';
import { ansiSpans } from '../../lib/ansi';
import { ago } from '../../lib/ago';
import type { LogBuffer } from '../../lib/log-buffer';
import { markedSpans } from '../../lib/log-marks';
import { visibleText } from '../../lib/visible-text';
import { logsWords as words } from '../../locales/en/logs';
import { useNow } from '../time';
import '../log-lines.css';

/** How the time of a line is shown. */
export type LogTimes = 'clock' | 'ago' | 'off';
export const LOG_TIMES: readonly LogTimes[] = ['clock', 'ago', 'off'];

/** No screen is wider; the rest of a line is in the file and the clipboard. */
const SHOWN_CHARS = 4_000;
const MOST_MARKS = 200;

/** One line: when, whose, what. All of it is text. */
export function LogRow({ buffer, line, times, services, query, current }: { readonly buffer: LogBuffer; readonly line: number; readonly times: LogTimes; /** Empty: it need not be said whose it is. */ readonly services: readonly string[]; readonly query: LogQuery | null; readonly current: boolean }): ReactElement {
  const kind = buffer.kind(line);
  const service = buffer.service(line);
  const timeMs = buffer.timeMs(line);
  if (kind !== 'line') return <span className="log-mark">{kind === 'skipped' ? words.skipped(Number(buffer.text(line))) : words.replaced(visibleText(service), buffer.text(line))}</span>;
  return (
    <>
      {times === 'clock' && <ClockTime timeMs={timeMs} />}
      {times === 'ago' && <AgoTime timeMs={timeMs} />}
      {services.length > 0 && (
        <span className={`log-service log-hue-${String(serviceHue(service, services))}`} title={visibleText(service)}>
          {visibleText(service)}
        </span>
      )}
      <LineText text={buffer.text(line)} query={query} current={current} />
    </>
  );
}

function LineText({ text, query, current }: { readonly text: string; readonly query: LogQuery | null; readonly current: boolean }): ReactElement {
  const spans = ansiSpans(text);
  const plain = spans.map((span) => span.text).join('');
  const marks = query?.spans(plain.slice(0, SHOWN_CHARS), MOST_MARKS) ?? [];
  return (
    <span className="log-text" data-current={current || undefined}>
      {markedSpans(spans, marks, SHOWN_CHARS).map((span, index) => {
        const look = [span.color === undefined ? '' : `ansi-${String(span.color)}`, span.bold ? 'ansi-bold' : ''].filter(Boolean).join(' ') || undefined;
        return span.marked ? (
          <mark key={index} className={look}>
            {span.text}
          </mark>
        ) : (
          <span key={index} className={look}>
            {span.text}
          </span>
        );
      })}
      {plain.length > SHOWN_CHARS && <span className="log-more">{words.more(plain.length - SHOWN_CHARS)}</span>}
    </span>
  );
}

function ClockTime({ timeMs }: { readonly timeMs: number }): ReactElement {
  if (Number.isNaN(timeMs)) return <span className="log-time" />;
  const date = new Date(timeMs);
  return (
    <time className="log-time" title={`${date.toLocaleDateString()} ${clock(date)}`}>
      {clock(date)}
    </time>
  );
}

function AgoTime({ timeMs }: { readonly timeMs: number }): ReactElement {
  const now = useNow();
  if (Number.isNaN(timeMs)) return <span className="log-time log-time-ago" />;
  return (
    <time className="log-time log-time-ago" title={new Date(timeMs).toLocaleString()}>
      {ago(Math.max(0, now - timeMs))}
    </time>
  );
}

/** Local, to the millisecond. */
function clock(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

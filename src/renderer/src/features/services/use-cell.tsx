import type { ReactElement } from 'react';
import { say } from '../../locales/say';
import { mebibytes, percent } from '../../lib/format';
import { Sparkline } from '../../ui/sparkline';
import type { ServiceUse } from './live-stats';

/** One core at a tenth fills a fifth of the line: an idle service must not look busy. */
const CPU_FLOOR = 0.5;

/** CPU of a service: now, and the last minute as a line. */
export function CpuCell({ use }: { readonly use: ServiceUse | undefined }): ReactElement {
  if (use === undefined) return <span className="use-number faint">–</span>;
  return (
    <span className="use">
      <span className="use-number">{percent(use.cpu.at(-1) ?? null)}</span>
      <Sparkline values={use.cpu} floor={CPU_FLOOR} />
    </span>
  );
}

/** Memory of a service: now, and the last minute as a line whose top is its limit. */
export function MemoryCell({ use }: { readonly use: ServiceUse | undefined }): ReactElement {
  if (use === undefined) return <span className="use-number use-memory faint">–</span>;
  const now = use.memoryBytes.at(-1) ?? 0;
  return (
    <span className="use" title={use.memoryLimitBytes > 0 ? say.services.ofLimit(mebibytes(now), mebibytes(use.memoryLimitBytes)) : undefined}>
      <span className="use-number use-memory">{mebibytes(now)}</span>
      <Sparkline values={use.memoryBytes} floor={use.memoryLimitBytes > 0 ? use.memoryLimitBytes : now * 2} />
    </span>
  );
}

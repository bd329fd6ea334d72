import { useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { machineWords as words } from '../../locales/en/machine';
import { call } from '../../lib/client';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { CopyCommand } from '../../ui/copy-command';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';

const MARKS = { off: 'off', 'no-source': 'off', current: 'good', newer: 'warn', failed: 'bad' } as const;

/** Asks now whether there is a newer version, and says what came of it. */
export function UpdatesCheck(): ReactElement {
  const [report, setReport] = useState<OutputOf<'updates.check'> | null>(null);
  const { working, failure, run } = useAct();
  return (
    <div className="setting-actions" data-testid="updates">
      <Button size="small" disabled={working} onClick={() => run(() => call('updates.check', {}).then(setReport), () => undefined)}>
        {working ? words.updates.checking : words.updates.check}
      </Button>
      {report !== null && !working && (
        <span className="setting-state" role="status">
          <StateMark mark={MARKS[report.state]} />
          {report.message}
        </span>
      )}
      {report?.page != null && <CopyCommand command={report.page} label={words.updates.copyPage} />}
      {failure !== null && <ErrorBox error={failure} />}
    </div>
  );
}

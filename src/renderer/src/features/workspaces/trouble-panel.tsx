import { useRef, useState, type ReactElement } from 'react';
import { Play, RefreshCw, Stethoscope } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call, start } from '../../lib/client';
import { attempt } from '../../lib/switch-flow';
import { useAct } from '../../lib/use-act';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { CopyCommand } from '../../ui/copy-command';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';
import { ExplainField } from './explain-field';
import type { PanelProps } from './workspaces-panels';

type Check = OutputOf<'workspaces.troubleshoot'>[number];

/** Files not syncing: what a person would try in a terminal, tried here, with what helps. */
export function TroublePanel({ project, status, busy }: PanelProps): ReactElement {
  const [checks, setChecks] = useState<readonly Check[] | null>(null);
  const { working, failure, run } = useAct();
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  const look = (): void => run(async () => setChecks(await call('workspaces.troubleshoot', { project: project.id })), () => undefined);
  return (
    <div className="page-content scroll ws-panel" tabIndex={0} role="region" aria-label={words.trouble.title} data-testid="trouble-panel">
      <section className="ws-section">
        <header>
          <h2>{words.trouble.title}</h2>
          <span className="dim grow">{words.trouble.text}</span>
          <Button size="small" icon={<Stethoscope size={13} />} disabled={working} data-testid="trouble-run" onClick={look}>
            {working ? words.trouble.checking : checks === null ? words.trouble.now : words.trouble.again}
          </Button>
        </header>
        {failure !== null && <ErrorBox error={failure} />}
        <ul ref={list} aria-label={words.trouble.list}>
          {(checks ?? []).map((check) => (
            <li key={check.name} className="ws-check" data-ok={check.ok} data-testid={`check-${check.name}`} data-row tabIndex={-1}>
              <StateMark mark={check.ok ? 'good' : 'bad'} />
              <div className="grow">
                <p>
                  <strong>{check.name}</strong> <span className="dim">{check.ok ? words.trouble.ok : words.trouble.bad}</span>
                </p>
                {check.detail !== '' && <p className="dim selectable ws-break">{check.detail}</p>}
                <CopyCommand command={check.command} label={words.trouble.same} />
                {!check.ok && check.fix !== null && <Fix fix={check.fix} />}
              </div>
              {!check.ok && check.name === 's3' && (
                <Button size="small" icon={<Play size={13} />} disabled={busy || !project.trusted} data-testid="fix-s3" onClick={() => void attempt(() => start('storage.start', { project: project.id, component: 's3' }))}>
                  {words.startS3}
                </Button>
              )}
              {!check.ok && check.name === 'pending' && (
                <Button size="small" icon={<RefreshCw size={13} />} disabled={busy || !project.trusted || status.halt !== null} data-testid="fix-pending" onClick={() => void attempt(() => start('workspaces.sync', { project: project.id }))}>
                  {words.syncAll}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </section>
      <section className="ws-section ws-narrow">
        <ExplainField projectId={project.id} />
      </section>
    </div>
  );
}

/** A command to copy, or a sentence where no command does it. */
function Fix({ fix }: { readonly fix: string }): ReactElement {
  return fix.startsWith('berth ') ? (
    <p className="ws-fix">
      <span className="dim">{words.trouble.mend}</span>
      <CopyCommand command={fix} label={words.trouble.fix} />
    </p>
  ) : (
    <p className="ws-fix selectable">{fix}</p>
  );
}

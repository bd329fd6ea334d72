import { useState, type ReactElement } from 'react';
import { RotateCw, Stethoscope } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { storageWords as words } from '../../locales/en/storage';
import { call, start } from '../../lib/client';
import { attempt } from '../../lib/switch-flow';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { CopyCommand } from '../../ui/copy-command';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';

type MountChecks = OutputOf<'storage.troubleshoot'>;

/** Mount not working: what a person would try in a terminal, tried here, with what helps. */
export function TroubleSection({ projectId, busy }: { readonly projectId: string; readonly busy: boolean }): ReactElement {
  const [checks, setChecks] = useState<MountChecks | null>(null);
  const { working, failure, run } = useAct();
  const look = (): void => run(async () => setChecks(await call('storage.troubleshoot', { project: projectId })), () => undefined);
  const mounts = [...new Set((checks ?? []).map((check) => check.mount))];
  return (
    <section className="storage-section" data-testid="troubleshoot">
      <header>
        <h2>{words.mounts.trouble}</h2>
        <span className="dim grow">{words.mounts.troubleText}</span>
        <Button size="small" icon={<Stethoscope size={13} />} disabled={working} data-testid="troubleshoot-run" onClick={look}>
          {working ? words.mounts.checking : checks === null ? words.mounts.troubleNow : words.mounts.troubleAgain}
        </Button>
      </header>
      {failure !== null && <ErrorBox error={failure} />}
      {checks?.length === 0 && <p className="dim">{words.mounts.troubleNone}</p>}
      {mounts.map((mount) => (
        <div key={mount}>
          <h3>{mount}</h3>
          <ul aria-label={`${words.mounts.troubleList}: ${mount}`}>
            {(checks ?? [])
              .filter((check) => check.mount === mount)
              .map((check) => (
                <li key={check.title} className="check-row" data-ok={check.ok}>
                  <StateMark mark={check.ok ? 'good' : 'bad'} />
                  <div className="grow">
                    <p>
                      <strong>{check.title}</strong> <span className="dim">{check.ok ? words.mounts.checkOk : words.mounts.checkBad}</span>
                    </p>
                    {check.detail !== '' && <p className="dim selectable">{check.detail}</p>}
                    <CopyCommand command={check.command} label={words.mounts.sameInTerminal} />
                  </div>
                  {!check.ok && check.fix !== null && (
                    <Button size="small" icon={<RotateCw size={13} />} disabled={busy} onClick={() => void attempt(() => start('storage.remount', { project: projectId, mount }))}>
                      {check.fix}
                    </Button>
                  )}
                </li>
              ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

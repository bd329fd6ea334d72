import { useState, type ReactElement } from 'react';
import { Check, Copy, ExternalLink, KeyRound, TriangleAlert } from 'lucide-react';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { call, start } from '../../lib/client';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { copyText } from '../../ui/copy-command';
import { StateMark, type Mark } from '../../ui/state-mark';
import { Switch } from '../../ui/switch';
import { FoldersSection } from './folders-section';
import { ConsoleDialog, ExternalDialog, LocalDialog, RotateDialog, ServerDialog } from './server-dialogs';
import type { StorageStatus } from './storage-answer';
import type { PanelProps } from './storage-panels';

type S3 = StorageStatus['s3'];
type Asked = 'console' | 'settings' | 'external' | 'local' | 'rotate';

const MARKS: { readonly [health in S3['health']]: Mark } = { stopped: 'off', starting: 'busy', healthy: 'good', unhealthy: 'bad', unreachable: 'bad' };

/** The S3 server behind everything: how it is, how to reach it, and what of it can be changed. */
export function ServerPanel({ project, status, operations, busy }: PanelProps): ReactElement {
  const [asked, setAsked] = useState<Asked | null>(null);
  const { s3 } = status;
  const close = (): void => setAsked(null);
  return (
    <div className="page-content scroll storage-panel" tabIndex={0} role="region" aria-label={words.server.head} data-testid="server-panel">
      <section className="storage-section">
        <header>
          <h2 className="grow">{words.server.head}</h2>
          <ServerButtons projectId={project.id} s3={s3} busy={busy} onAsk={setAsked} />
        </header>
        <Notices s3={s3} />
        <Facts projectId={project.id} s3={s3} busy={busy} onAsk={setAsked} />
      </section>
      <FoldersSection project={project} status={status} operations={operations} busy={busy} />
      {asked === 'console' && <ConsoleDialog projectId={project.id} notices={s3.notices} onClose={close} />}
      {asked === 'settings' && <ServerDialog projectId={project.id} image={s3.image} onClose={close} />}
      {asked === 'external' && <ExternalDialog projectId={project.id} region={s3.region} onClose={close} />}
      {asked === 'local' && <LocalDialog projectId={project.id} onClose={close} />}
      {asked === 'rotate' && <RotateDialog projectId={project.id} onClose={close} />}
    </div>
  );
}

function ServerButtons({ projectId, s3, busy, onAsk }: { readonly projectId: string; readonly s3: S3; readonly busy: boolean; readonly onAsk: (asked: Asked) => void }): ReactElement {
  if (s3.origin === 'external') {
    return (
      <Button size="small" disabled={busy} data-testid="use-local" onClick={() => onAsk('local')}>
        {words.server.local}
      </Button>
    );
  }
  const stopped = s3.health === 'stopped';
  return (
    <>
      <Button size="small" disabled={busy} data-testid="server-toggle" onClick={() => void attempt(() => start(stopped ? 'storage.start' : 'storage.stop', { project: projectId, component: 's3' }))}>
        {stopped ? say.actions.start : say.actions.stop}
      </Button>
      <Button size="small" disabled={busy} data-testid="server-settings" onClick={() => onAsk('settings')}>
        {words.server.settings}
      </Button>
      <Button size="small" disabled={busy} data-testid="use-external" onClick={() => onAsk('external')}>
        {words.server.external}
      </Button>
    </>
  );
}

function Notices({ s3 }: { readonly s3: S3 }): ReactElement | null {
  if (s3.notices.length === 0) return null;
  return (
    <ul className="storage-notices" aria-label={words.server.notices} data-testid="server-notices">
      {s3.notices.map((notice) => (
        <li key={notice} className="storage-notice">
          <TriangleAlert size={16} aria-hidden="true" />
          <span className="selectable">{notice}</span>
        </li>
      ))}
    </ul>
  );
}

function Facts({ projectId, s3, busy, onAsk }: { readonly projectId: string; readonly s3: S3; readonly busy: boolean; readonly onAsk: (asked: Asked) => void }): ReactElement {
  const local = s3.origin === 'local';
  return (
    <dl className="storage-facts">
      <dt>{words.server.state}</dt>
      <dd data-testid="server-state" data-health={s3.health}>
        <span className="storage-marked">
          <StateMark mark={MARKS[s3.health]} />
          <strong>{words.server.healths[s3.health]}</strong>
        </span>
        {s3.detail !== '' && <span className="dim"> {s3.detail}</span>}
      </dd>
      <dt>{words.server.origin}</dt>
      <dd>
        {words.server.origins[s3.origin]}
        {s3.flavour !== null && <span className="dim"> · {words.server.flavours[s3.flavour]}</span>}
      </dd>
      <dt>{words.server.endpoint}</dt>
      <dd>{s3.endpoint === null ? <span className="faint">{words.server.noEndpoint}</span> : <CopyValue label={words.server.copyEndpoint} shown={s3.endpoint} read={() => Promise.resolve(s3.endpoint ?? '')} />}</dd>
      {local && (
        <>
          <dt>{words.server.console}</dt>
          <dd className="storage-acts">
            <Console projectId={projectId} s3={s3} busy={busy} onAsk={onAsk} />
          </dd>
          <dt>{words.server.image}</dt>
          <dd>{s3.image === null ? <span className="faint">{words.server.noImage}</span> : <code className="selectable">{s3.image}</code>}</dd>
          <dt>{words.server.data}</dt>
          <dd>{s3.volume === null ? <span className="faint">–</span> : <code className="selectable">{s3.volume}</code>}</dd>
        </>
      )}
      <dt>{words.server.region}</dt>
      <dd>{s3.region}</dd>
      <dt>{words.server.keys}</dt>
      <dd className="storage-acts">
        <span>{words.server.keyKinds[s3.credentials]}</span>
        {s3.credentials !== 'none' && (
          <>
            <CopyValue label={words.server.copyAccess} read={async () => (await call('storage.credentials', { project: projectId })).accessKey} testId="copy-access-key" />
            <CopyValue label={words.server.copySecret} read={async () => (await call('storage.credentials', { project: projectId })).secretKey} testId="copy-secret-key" />
          </>
        )}
        {local && s3.credentials !== 'none' && (
          <Button size="small" look="quiet" icon={<KeyRound size={13} />} disabled={busy} data-testid="rotate-keys" onClick={() => onAsk('rotate')}>
            {words.server.rotate}
          </Button>
        )}
      </dd>
    </dl>
  );
}

/** A switch, since what is not needed need not be there; on, a link to it. */
function Console({ projectId, s3, busy, onAsk }: { readonly projectId: string; readonly s3: S3; readonly busy: boolean; readonly onAsk: (asked: Asked) => void }): ReactElement {
  if (s3.health === 'stopped') return <span className="faint">{words.server.consoleNone}</span>;
  const on = s3.consoleUrl !== null;
  const off = (): void => void attempt(() => start('storage.server', { project: projectId, console: false }));
  return (
    <>
      <Switch aria-label={words.server.consoleSwitch} checked={on} disabled={busy} data-testid="console-switch" onChange={(event) => (event.target.checked ? onAsk('console') : off())} />
      {s3.consoleUrl === null ? (
        <span className="dim">{words.server.consoleOff}</span>
      ) : (
        <a className="button button-normal button-small" href={s3.consoleUrl} target="_blank" rel="noreferrer" data-testid="open-console">
          <ExternalLink size={13} aria-hidden="true" />
          {words.server.openConsole}
        </a>
      )}
    </>
  );
}

/** A value that is copied, shown where it is no secret. */
function CopyValue({ label, shown, read, testId }: { readonly label: string; readonly shown?: string; readonly read: () => Promise<string>; readonly testId?: string }): ReactElement {
  const [copied, setCopied] = useState(false);
  const copy = (): void => void attempt(async () => setCopied(copyText(await read())));
  return (
    <Button size="small" look={shown === undefined ? 'normal' : 'quiet'} className="copy-value" icon={copied ? <Check size={13} /> : <Copy size={13} />} aria-label={shown !== undefined ? `${label}: ${shown}` : copied ? say.actions.copied : label} title={label} data-testid={testId} onClick={copy} onBlur={() => setCopied(false)}>
      {shown === undefined ? (copied ? say.actions.copied : label) : <code>{shown}</code>}
    </Button>
  );
}

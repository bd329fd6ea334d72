import type { ReactElement } from 'react';
import { ArrowDownToLine, ArrowUpFromLine, RefreshCw } from 'lucide-react';
import { gitWords as words } from '../../locales/en/git';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { isDryRun, isFinal, type Operation, type Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { ErrorBox } from '../../ui/error-box';
import type { GitStatus } from './git-panel';

type RemoteOperation = 'gitops.sync' | 'gitops.fetch' | 'gitops.pull' | 'gitops.push';
const REMOTE = /^gitops\.(sync|fetch|pull|push)$/;

interface GitRemoteProps {
  readonly project: Project;
  readonly status: GitStatus;
  readonly busy: boolean;
}

/** The ways to the remote and from it. A branch that follows none goes to the one of its name. */
export function GitRemote({ project, status, busy }: GitRemoteProps): ReactElement | null {
  const remote = remoteOf(status);
  if (remote === null) return null;
  const go = (name: RemoteOperation): void => void attempt(() => start(name, { project: project.id, ...(status.upstream === null ? { remote: remote.name } : {}) }));
  return (
    <>
      <Button icon={<RefreshCw size={13} />} disabled={busy} title={words.fetchText} data-testid="git-fetch" onClick={() => go('gitops.fetch')}>
        {words.fetch}
      </Button>
      <Button icon={<ArrowDownToLine size={13} />} disabled={busy} title={words.pullText} data-testid="git-pull" onClick={() => go('gitops.pull')}>
        {words.pull}
      </Button>
      <Button icon={<ArrowUpFromLine size={13} />} disabled={busy} title={words.pushText} data-testid="git-push" onClick={() => go('gitops.push')}>
        {words.push}
      </Button>
      <Button look="primary" disabled={busy} title={words.syncText} data-testid="git-sync" onClick={() => go('gitops.sync')}>
        {words.sync}
      </Button>
    </>
  );
}

/** Why the newest way to the remote or from it went wrong. A folder of this machine that the repository named is asked for here, once. */
export function RemoteFailure({ project, status, operations, busy }: Omit<GitRemoteProps, 'status'> & { readonly status: GitStatus | null; readonly operations: readonly Operation[] | null }): ReactElement | null {
  const newest = operations?.find((operation) => operation.projectId === project.id && REMOTE.test(operation.kind) && !isDryRun(operation)) ?? null;
  if (newest?.error == null || !isFinal(newest) || newest.state === 'cancelled') return null;
  const kind = newest.kind as RemoteOperation;
  const remote = status === null ? null : remoteOf(status);
  const again = (named?: string): void => void attempt(() => start(kind, { project: project.id, ...(named === undefined ? {} : { remote: named }) }));
  const isRefused = newest.error.code === 'policy-refused' && remote !== null;
  return (
    <div className="gitops-error" data-testid="git-failure">
      <ErrorBox
        error={isRefused ? { message: newest.error.message, hint: words.localRemote } : newest.error}
        actions={
          isRefused ? (
            <Button size="small" disabled={busy} data-testid="git-allow-remote" onClick={() => again(remote.address)}>
              {words.allowRemote}
            </Button>
          ) : (
            <Button size="small" disabled={busy} onClick={() => again(typeof newest.input === 'object' && newest.input !== null ? ((newest.input as { readonly remote?: string }).remote) : undefined)}>
              {say.actions.retry}
            </Button>
          )
        }
      />
    </div>
  );
}

/** The remote that the branch follows; the first one where it follows none. */
function remoteOf({ upstream, remotes }: GitStatus): GitStatus['remotes'][number] | null {
  return remotes.find((one) => upstream?.startsWith(`${one.name}/`) === true) ?? remotes[0] ?? null;
}

import { useRef, useState, type ReactElement } from 'react';
import { FolderInput, RefreshCw, RotateCw, SlidersHorizontal } from 'lucide-react';
import { storageWords as words } from '../../locales/en/storage';
import { start } from '../../lib/client';
import { duration, mebibytes } from '../../lib/format';
import type { Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button, IconButton } from '../../ui/button';
import { StateMark, type Mark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { FuseNotice } from './fuse-notice';
import { NothingSetUp } from './setup-panel';
import { CACHE_FULL, cacheShare, detailBeside, remoteWords, spanWords, type StorageMount } from './storage-answer';
import type { PanelProps } from './storage-panels';
import { TroubleSection } from './trouble-section';
import { TuneDialog } from './tune-dialog';

const MARKS: { readonly [state in StorageMount['state']]: Mark } = { absent: 'none', preflight: 'busy', starting: 'busy', healthy: 'good', degraded: 'bad', recovering: 'busy', stopped: 'off', impossible: 'warn' };

/** Buckets as folders: each with its state in a sentence, how full its cache is, and what can be done. */
export function MountsPanel({ project, status, busy, onSetUp }: PanelProps & { readonly onSetUp: () => void }): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const [tuning, setTuning] = useState<StorageMount | null>(null);
  useRowKeys(list);
  return (
    <div className="page-content scroll storage-panel" tabIndex={0} role="region" aria-label={words.mounts.list} data-testid="mounts-panel">
      {!status.fuse.possible && <FuseNotice fuse={status.fuse} />}
      {status.mounts.length === 0 && <NothingSetUp title={words.setup.noMounts} text={words.setup.noMountsText} onSetUp={onSetUp} />}
      {status.mounts.length > 0 && (
        <ul ref={list} className="storage-list" aria-label={words.mounts.list}>
          {status.mounts.map((mount) => (
            <MountRow key={mount.id} project={project} mount={mount} busy={busy} onTune={() => setTuning(mount)} />
          ))}
        </ul>
      )}
      {status.mounts.length > 0 && <TroubleSection projectId={project.id} busy={busy} />}
      {tuning !== null && <TuneDialog project={project} mount={tuning} onClose={() => setTuning(null)} />}
    </div>
  );
}

function MountRow({ project, mount, busy, onTune }: { readonly project: Project; readonly mount: StorageMount; readonly busy: boolean; readonly onTune: () => void }): ReactElement {
  const path = mount.mountPoint;
  const act = (name: 'storage.remount' | 'storage.refresh'): void => void attempt(() => start(name, { project: project.id, mount: mount.id }));
  const up = mount.state === 'healthy' || mount.state === 'degraded';
  return (
    <li className="storage-row" data-testid={`mount-${path}`} data-state={mount.state} data-row tabIndex={-1}>
      <StateMark mark={MARKS[mount.state]} />
      <div className="grow">
        <p className="storage-row-title">
          <code className="selectable storage-strong" title={mount.hostPath === null ? undefined : words.mounts.onHost(mount.hostPath)}>
            {path}
          </code>
          <span className="storage-tag" data-readonly={mount.readOnly}>
            {mount.readOnly ? words.mounts.readOnly : words.mounts.writable}
          </span>
        </p>
        <p className="faint">
          <FolderInput size={12} aria-hidden="true" className="storage-inline-icon" />
          <code className="selectable">{remoteWords(mount)}</code> · {mount.backend} · {mount.container}
        </p>
        <p className="selectable">
          <strong className="storage-state">{words.mounts.states[mount.state]}</strong>
          {detailBeside(words.mounts.states[mount.state], mount.detail) !== '' && <span className="dim"> {mount.detail}</span>}
          {mount.latencyMs !== null && up && <span className="faint"> {words.mounts.latency(duration(mount.latencyMs))}</span>}
        </p>
      </div>
      <CacheGauge mount={mount} />
      <div className="storage-row-acts">
        <Button size="small" icon={<RotateCw size={13} />} disabled={busy || ['absent', 'stopped', 'impossible'].includes(mount.state)} aria-label={words.mounts.remountOf(path)} data-testid={`remount-${path}`} onClick={() => act('storage.remount')}>
          {words.mounts.remount}
        </Button>
        <IconButton label={words.mounts.refreshOf(path)} disabled={busy || !up} data-testid={`refresh-${path}`} onClick={() => act('storage.refresh')}>
          <RefreshCw size={14} />
        </IconButton>
        <IconButton label={words.mounts.tuneOf(path)} disabled={busy} data-testid={`tune-${path}`} onClick={onTune}>
          <SlidersHorizontal size={14} />
        </IconButton>
      </div>
    </li>
  );
}

/** How full the cache is, as a bar with the words beside it. */
function CacheGauge({ mount }: { readonly mount: StorageMount }): ReactElement {
  const { cache } = mount;
  const share = cacheShare(cache);
  const full = share !== null && share >= CACHE_FULL;
  const text = cache.usedBytes === null ? words.mounts.cacheUnknown(mebibytes(cache.maxBytes)) : words.mounts.cacheOf(mebibytes(cache.usedBytes), mebibytes(cache.maxBytes));
  return (
    <div className="storage-cache">
      <p className="storage-cache-words">
        <span className="faint">{words.mounts.cache}</span> {text}
      </p>
      {share !== null && (
        <div className="gauge" role="meter" aria-label={`${words.mounts.cache} ${mount.mountPoint}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)} aria-valuetext={text} data-full={full}>
          <span style={{ width: `${String(Math.round(share * 100))}%` }} />
        </div>
      )}
      <p className="faint storage-cache-words">
        {full && (
          <span className="storage-amber">
            <StateMark mark="warn" /> {words.mounts.cacheFull} ·{' '}
          </span>
        )}
        {words.mounts.kept(spanWords(cache.maxAgeSeconds), spanWords(cache.dirCacheSeconds))}
        {mount.lastRefreshedAt !== null && (
          <>
            , {words.mounts.refreshed} <Ago at={mount.lastRefreshedAt} />
          </>
        )}
      </p>
    </div>
  );
}

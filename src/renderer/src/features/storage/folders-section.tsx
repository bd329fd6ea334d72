import { useState, type ReactElement } from 'react';
import { Plug, TestTubeDiagonal } from 'lucide-react';
import { storageWords as words } from '../../locales/en/storage';
import { start } from '../../lib/client';
import { duration, mebibytes } from '../../lib/format';
import { lastRun } from '../../lib/operation-results';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { ChangeDialog } from '../../ui/change-dialog';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import type { StorageStatus } from './storage-answer';
import type { PanelProps } from './storage-panels';

/** The folders of storage as services see them, and the test that writes and reads real files. */
export function FoldersSection({ project, status, operations, busy }: PanelProps): ReactElement {
  const [connecting, setConnecting] = useState(false);
  const tests = lastRun(operations, project.id, 'storage.validate', 'tests');
  return (
    <section className="storage-section">
      <header>
        <h2 className="grow">{words.server.folders}</h2>
        <Button size="small" icon={<TestTubeDiagonal size={13} />} disabled={busy} data-testid="storage-validate" onClick={() => void attempt(() => start('storage.validate', { project: project.id }))}>
          {tests.running === null ? words.server.test : words.server.testing}
        </Button>
        <Button size="small" icon={<Plug size={13} />} disabled={busy} data-testid="storage-connect" onClick={() => setConnecting(true)}>
          {words.server.connect}
        </Button>
      </header>
      {status.folders.length === 0 ? <p className="dim">{words.server.noFolders}</p> : <Folders folders={status.folders} />}
      {tests.failure !== null && <ErrorBox error={tests.failure} />}
      {tests.last !== null && (
        <div data-testid="storage-tests" className="storage-tests">
          <h3>
            {words.server.tested(tests.last.result.tests.filter((test) => test.ok).length, tests.last.result.tests.length)}, <Ago at={tests.last.operation.finishedAt ?? tests.last.operation.createdAt} />
          </h3>
          <ul>
            {tests.last.result.tests.map((test) => (
              <li key={`${test.kind} ${test.name}`} className="check-row" data-ok={test.ok}>
                <StateMark mark={test.ok ? 'good' : 'bad'} />
                <p className="grow selectable">
                  <strong>{test.name}</strong> {!test.ok && test.code !== '' && <code>{test.code}</code>} <span className="dim">{test.detail}</span>
                </p>
                <span className="faint">{duration(test.tookMs)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {connecting && <ChangeDialog name="storage.connect" input={{ project: project.id }} title={words.server.connectTitle} lead={words.server.connectLead} apply={words.server.connectApply} testId="connect-dialog" onClose={() => setConnecting(false)} />}
    </section>
  );
}

function Folders({ folders }: { readonly folders: StorageStatus['folders'] }): ReactElement {
  return (
    <table className="grid-table" data-testid="storage-folders" aria-label={words.server.folders}>
      <thead>
        <tr>
          <th>{words.server.folder}</th>
          <th>{words.server.state}</th>
          <th>{words.server.rights}</th>
          <th className="number">{words.server.used}</th>
          <th className="number">{words.server.free}</th>
          <th className="number">{words.server.answers}</th>
          <th className="number">{words.server.lastSync}</th>
        </tr>
      </thead>
      <tbody>
        {folders.map((folder) => (
          <tr key={folder.path} data-state={folder.state}>
            <td>
              <code className="selectable">{folder.path}</code>
            </td>
            <td className="selectable">
              <span className="marked" title={folder.detail === '' ? undefined : folder.detail}>
                <StateMark mark={folder.state === 'ok' ? 'good' : 'bad'} />
                <span>
                  {words.server.folderStates[folder.state]}
                  {folder.state !== 'ok' && folder.detail !== '' && <span className="dim">: {folder.detail}</span>}
                </span>
              </span>
            </td>
            <td>{[folder.readable ? words.server.canRead : '', folder.writable ? words.server.canWrite : ''].filter((one) => one !== '').join(', ') || words.server.noRights}</td>
            <td className="number">{folder.usedBytes === null ? '–' : mebibytes(folder.usedBytes)}</td>
            <td className="number">{folder.freeBytes === null ? '–' : mebibytes(folder.freeBytes)}</td>
            <td className="number">{folder.latencyMs === null ? '–' : duration(folder.latencyMs)}</td>
            <td className="number">{folder.lastSyncAt === null ? words.sync.never : <Ago at={folder.lastSyncAt} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import { useCallback, useRef, useState, type ReactElement } from 'react';
import { Check, Copy, Unplug } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { setUi, useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { copyText } from '../../ui/copy-command';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { PageHead } from '../../ui/page-head';
import { StateMark, type Mark } from '../../ui/state-mark';
import { PlaceLink } from './place-link';
import './compose-panels.css';

type PortEntry = OutputOf<'compose.ports'>['entries'][number];

const MARKS: { readonly [state in PortEntry['state']]: Mark } = { own: 'good', free: 'off', taken: 'bad', unknown: 'none' };

/** Every port of every mode, and who has it now. */
export function PortsPanel({ project, filter, onFilter, onShow }: { readonly project: Project; readonly filter: string; readonly onFilter: (text: string) => void; readonly onShow: (where: Where) => void }): ReactElement {
  const revision = useStore((state) => state.model.revisions[project.id] ?? 0);
  // Read again when files or containers changed.
  const ports = useAnswer(useCallback(() => call('compose.ports', { project: project.id }).then((answer) => ({ ...answer, revision })), [project.id, revision]));
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const entries = ports.value?.entries ?? [];
  const wanted = filter.trim().toLowerCase();
  const shown = entries.filter((entry) => [entry.mode, entry.service, String(entry.hostPort), String(entry.containerPort), entry.holder].some((text) => text.toLowerCase().includes(wanted)));
  const taken = entries.filter((entry) => entry.state === 'taken').length;
  const markdown = ports.value?.markdown ?? '';
  return (
    <>
      <PageHead mark={ports.value === null ? undefined : <StateMark mark={taken > 0 ? 'bad' : 'good'} />} sentence={ports.value === null ? (ports.error === null ? say.ports.loading : say.ports.failed) : say.ports.sentence(entries.length, taken)}>
        {entries.length > 0 && <FilterBox value={filter} onChange={onFilter} label={say.ports.filter} inputRef={input} testId="port-filter" />}
        {entries.length > 0 && (
          <Button data-testid="remap-ports" onClick={() => setUi({ action: 'remap-ports' })}>
            {say.actions.remapPorts}
          </Button>
        )}
        {markdown !== '' && (
          <Button icon={copied ? <Check size={13} /> : <Copy size={13} />} data-testid="copy-ports" onClick={() => setCopied(copyText(markdown))} onBlur={() => setCopied(false)}>
            {copied ? say.actions.copied : say.ports.copy}
          </Button>
        )}
      </PageHead>
      <div className="page-content scroll panel-table" tabIndex={0} role="region" aria-label={say.ports.table}>
        {ports.error !== null && <ErrorBox error={ports.error} actions={<Button size="small" onClick={ports.again}>{say.actions.retry}</Button>} />}
        {ports.value === null && ports.error === null && <Skeleton rows={6} label={say.ports.loading} />}
        {ports.value !== null && entries.length === 0 && <EmptyState icon={<Unplug size={20} />} title={say.ports.empty}>{say.ports.emptyText}</EmptyState>}
        {entries.length > 0 && shown.length === 0 && <EmptyState title={say.ports.nothingMatches(filter)} actions={<Button onClick={() => onFilter('')}>{say.conflicts.clear}</Button>} />}
        {shown.length > 0 && <Table entries={shown} project={project} input={input} onShow={onShow} />}
      </div>
    </>
  );
}

function Table({ entries, project, input, onShow }: { readonly entries: readonly PortEntry[]; readonly project: Project; readonly input: React.RefObject<HTMLInputElement | null>; readonly onShow: (where: Where) => void }): ReactElement {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, input);
  return (
    <table className="grid-table" aria-label={say.ports.table} data-testid="ports">
      <thead>
        <tr>
          <th className="ports-mode">{say.detail.mode}</th>
          <th className="ports-service">{say.services.name}</th>
          <th className="ports-address">{say.ports.address}</th>
          <th>{say.ports.state}</th>
          <th className="ports-where">{say.ports.where}</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {entries.map((entry, index) => (
          <tr key={index} data-testid={`port-${entry.mode}-${entry.hostPort}`} data-state={entry.state}>
            <td className="ports-mode">{entry.mode}</td>
            <td className="ports-service">{entry.service}</td>
            <td className="ports-address mono selectable">{addressOf(entry)}</td>
            <td>
              <span className="marked">
                <StateMark mark={MARKS[entry.state]} />
                <span>
                  {say.ports.states[entry.state]}
                  {entry.holder !== '' && <span className="dim">: {entry.holder}</span>}
                </span>
              </span>
            </td>
            <td className="ports-where">{entry.where !== undefined && <PlaceLink where={entry.where} dir={project.dir} onShow={onShow} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** 127.0.0.1:8000 → 8000, with the protocol where it is not TCP. */
function addressOf(entry: PortEntry): string {
  const host = entry.hostIp.includes(':') ? `[${entry.hostIp}]` : entry.hostIp;
  return `${host === '' ? '' : `${host}:`}${entry.hostPort} → ${entry.containerPort}${entry.protocol === 'tcp' ? '' : `/${entry.protocol}`}`;
}

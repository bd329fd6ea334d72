import { useRef, useState, type ReactElement } from 'react';
import { Eye, EyeOff } from 'lucide-react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { fileName } from '../../lib/format';
import type { Project } from '../../lib/model';
import { showInEditor } from '../../lib/show-in-editor';
import { attempt } from '../../lib/switch-flow';
import type { Answer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { servicesWords } from '../../locales/en/services';
import { Button, IconButton } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import type { ServiceDetail } from './use-service-detail';

type Entry = ServiceDetail['environment'][number];

const words = servicesWords.environment;

/** The environment of a service: each value, where it comes from, and what it hides. Secrets are masked until one is asked for. */
export function ServiceEnvironment({ project, service, answer }: { readonly project: Project; readonly service: string; readonly answer: Answer<ServiceDetail> }): ReactElement {
  const [filter, setFilter] = useState('');
  const body = useRef<HTMLTableSectionElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useRowKeys(body, input);
  if (answer.value === null) {
    return (
      <div className="grow scroll">
        {answer.error === null ? <Skeleton rows={4} label={say.boot.loading} /> : <ErrorBox error={answer.error} title={servicesWords.failed} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      </div>
    );
  }
  const all = answer.value.environment;
  if (all.length === 0) return <EmptyState title={words.empty}>{words.emptyText}</EmptyState>;
  const wanted = filter.trim().toLowerCase();
  const shown = all.filter((one) => [one.name, one.source, one.masked ? '' : one.value].some((text) => text.toLowerCase().includes(wanted)));
  return (
    <div className="environment" data-testid="service-environment">
      <div className="log-bar">
        <FilterBox value={filter} onChange={setFilter} label={words.filter} inputRef={input} testId="environment-filter" />
      </div>
      <div className="grow scroll" tabIndex={0} role="region" aria-label={words.label}>
        {shown.length === 0 ? (
          <EmptyState title={words.nothing(filter)} />
        ) : (
          <table className="environment-table" aria-label={words.label}>
            <thead>
              <tr>
                <th>{words.name}</th>
                <th>{words.value}</th>
                <th>{words.source}</th>
              </tr>
            </thead>
            <tbody ref={body}>
              {shown.map((entry) => (
                <Row key={`${service} ${entry.name}`} project={project} service={service} entry={entry} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </div>
  );
}

function Row({ project, service, entry }: { readonly project: Project; readonly service: string; readonly entry: Entry }): ReactElement {
  const [plain, setPlain] = useState<string | null>(null);
  const where = entry.where;
  const reveal = (): Promise<void> => attempt(async () => setPlain((await call('services.variable', { project: project.id, service, name: entry.name })).value));
  return (
    <tr data-testid={`variable-${entry.name}`}>
      <td className="mono">
        <span className="ellipsis" title={entry.name}>
          {entry.name}
        </span>
      </td>
      <td>
        <span className="environment-value">
          <code className="ellipsis" title={plain ?? entry.value}>
            {plain ?? entry.value}
          </code>
          {entry.masked && (
            <IconButton data-row label={plain === null ? words.reveal(entry.name) : words.hide(entry.name)} aria-pressed={plain !== null} onClick={() => (plain === null ? void reveal() : setPlain(null))}>
              {plain === null ? <Eye size={13} /> : <EyeOff size={13} />}
            </IconButton>
          )}
        </span>
      </td>
      <td>
        {where === undefined ? (
          <span className="dim">{entry.from === 'image' ? words.image : entry.from === 'container' ? words.container : entry.source}</span>
        ) : (
          <button type="button" data-row className="link-button ellipsis" title={servicesWords.editPlace(fileName(where.file))} onClick={() => void showInEditor(project.id, where)}>
            {entry.source}
          </button>
        )}
        {entry.through.length > 0 && <div className="faint">{entry.through.join(', ')}</div>}
        {entry.stale && <div className="environment-stale">{words.stale}</div>}
        {entry.shadowed.length > 0 && <div className="faint">{words.over(entry.shadowed.map((one) => one.source).join(', '))}</div>}
      </td>
    </tr>
  );
}

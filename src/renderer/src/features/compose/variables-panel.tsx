import { useCallback, useRef, useState, type ReactElement } from 'react';
import { Variable } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { PageHead } from '../../ui/page-head';
import { StateMark, type Mark } from '../../ui/state-mark';
import { PlaceLink } from './place-link';
import './compose-panels.css';

type VariableEntry = OutputOf<'compose.variables'>[number];

const MARKS: { readonly [state in VariableEntry['state']]: Mark } = { set: 'good', default: 'off', unset: 'warn', required: 'bad' };

/** Where the value of each variable comes from, and what it hides. */
export function VariablesPanel({ project, filter, onFilter, onShow }: { readonly project: Project; readonly filter: string; readonly onFilter: (text: string) => void; readonly onShow: (where: Where) => void }): ReactElement {
  const [mode, setMode] = useState(() => (project.modes.some((one) => one.name === project.activeMode) ? (project.activeMode ?? '') : (project.modes[0]?.name ?? '')));
  const revision = useStore((state) => state.model.revisions[project.id] ?? 0);
  // Read again when files changed.
  const answer = useAnswer(useCallback(() => call('compose.variables', { project: project.id, ...(mode === '' ? {} : { mode }) }).then((variables) => ({ variables, revision })), [project.id, mode, revision]));
  const input = useRef<HTMLInputElement>(null);
  const all = answer.value?.variables ?? [];
  const wanted = filter.trim().toLowerCase();
  const shown = all.filter((one) => [one.name, one.service ?? '', one.source, one.masked ? '' : one.value].some((text) => text.toLowerCase().includes(wanted)));
  const missing = all.filter((one) => one.state === 'required' || one.state === 'unset').length;
  const hiding = all.filter((one) => one.shadowed.length > 0).length;
  return (
    <>
      <PageHead mark={answer.value === null ? undefined : <StateMark mark={all.some((one) => one.state === 'required') ? 'bad' : missing > 0 ? 'warn' : 'good'} />} sentence={answer.value === null ? (answer.error === null ? say.variables.loading : say.variables.failed) : say.variables.sentence(all.length, missing)} detail={hiding > 0 ? say.variables.hiding(hiding) : undefined}>
        {all.length > 0 && <FilterBox value={filter} onChange={onFilter} label={say.variables.filter} inputRef={input} testId="variable-filter" />}
        {project.modes.length > 1 && <Choice label={say.detail.mode} value={mode} options={project.modes.map((one) => one.name)} words={{}} testId="variables-mode" onChange={setMode} />}
      </PageHead>
      <div className="page-content scroll panel-table" tabIndex={0} role="region" aria-label={say.variables.table}>
        {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
        {answer.value === null && answer.error === null && <Skeleton rows={6} label={say.variables.loading} />}
        {answer.value !== null && all.length === 0 && <EmptyState icon={<Variable size={20} />} title={say.variables.empty}>{say.variables.emptyText}</EmptyState>}
        {all.length > 0 && shown.length === 0 && <EmptyState title={say.variables.nothingMatches(filter)} actions={<Button onClick={() => onFilter('')}>{say.conflicts.clear}</Button>} />}
        {shown.length > 0 && <Table variables={shown} project={project} input={input} onShow={onShow} />}
      </div>
    </>
  );
}

function Table({ variables, project, input, onShow }: { readonly variables: readonly VariableEntry[]; readonly project: Project; readonly input: React.RefObject<HTMLInputElement | null>; readonly onShow: (where: Where) => void }): ReactElement {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, input);
  return (
    <table className="grid-table" aria-label={say.variables.table} data-testid="variables">
      <thead>
        <tr>
          <th className="variables-name">{say.variables.name}</th>
          <th className="variables-service">{say.services.name}</th>
          <th className="variables-state">{say.variables.state}</th>
          <th className="variables-value">{say.variables.value}</th>
          <th>{say.variables.source}</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {variables.map((one, index) => (
          <tr key={index} data-testid={`variable-${one.service ?? 'file'}-${one.name}`} data-state={one.state}>
            <td className="variables-name mono selectable">{one.name}</td>
            <td className="variables-service">{one.service ?? <span className="faint">{say.variables.ofFiles}</span>}</td>
            <td className="variables-state">
              <span className="marked">
                <StateMark mark={MARKS[one.state]} />
                {say.variables.states[one.state]}
              </span>
            </td>
            <td className="variables-value">
              {one.value === '' ? <span className="faint">{say.variables.nothing}</span> : <code className="selectable">{one.value}</code>}
              {one.masked && <span className="faint"> {say.variables.masked}</span>}
            </td>
            <td>
              {one.where === undefined ? <span className="dim">{one.source}</span> : <PlaceLink where={one.where} dir={project.dir} words={one.source} onShow={onShow} />}
              {one.shadowed.map((hidden, at) => (
                <div key={at} className="variables-hidden">
                  {say.variables.hides(hidden.source)} <code className="selectable">{hidden.value}</code>
                </div>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

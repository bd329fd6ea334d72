import { useMemo, useRef, useState, type ReactElement } from 'react';
import { CopyX } from 'lucide-react';
import { gitopsWords as words } from '../../locales/en/gitops';
import type { Project } from '../../lib/model';
import { Button } from '../../ui/button';
import { Choice as Select } from '../../ui/choice';
import { EmptyState } from '../../ui/empty-state';
import { FilterBox } from '../../ui/filter-box';
import { choicesFor, firstChoice, type Choice, type Choices } from './choices';
import { CompareSheet, type ComparedMembers } from './compare-sheet';
import { DecidedSheet } from './decided-sheet';
import { GroupDetail } from './group-detail';
import { CLASSES, listLines, NO_FILTER, type Group, type GroupFilter, type ScanReport } from './group-list';
import { GroupRows } from './group-rows';
import { MergeSheet } from './merge-sheet';
import type { ResolutionPlan } from './use-resolutions';

interface GroupsViewProps {
  readonly project: Project;
  readonly report: ScanReport;
  readonly plan: ResolutionPlan | null;
  readonly busy: boolean;
}

type Shown = { readonly is: 'compare' | 'merge'; readonly members: ComparedMembers; readonly group: Group } | { readonly is: 'resolve'; readonly groups: readonly Group[] };

/** The groups at the left, the chosen one at the right, and what was asked of it. */
export function GroupsView({ project, report, plan, busy }: GroupsViewProps): ReactElement {
  const [filter, setFilter] = useState<GroupFilter>(NO_FILTER);
  const [chosen, setChosen] = useState<string | null>(null);
  const [kept, setChoices] = useState<Choices>({});
  const [shown, setShown] = useState<Shown | null>(null);
  const filterRef = useRef<HTMLInputElement>(null);
  const all = useMemo(() => [...report.groups, ...report.related], [report]);
  const choices = choicesFor(kept, report.groups);
  const decided = new Set(Object.keys(choices));
  const lines = useMemo(() => listLines(all, filter), [all, filter]);
  const group = all.find((one) => one.id === chosen) ?? null;
  const planned = plan?.groups.find((one) => one.id === chosen);
  const choiceOf = (of: Group): Choice | null => choices[of.id] ?? firstChoice(of);
  const choose = (next: readonly Choice[]): void => setChoices((before) => ({ ...before, ...Object.fromEntries(next.map((one) => [one.groupId, one])) }));
  const forget = (groups: readonly Group[]): void => setChoices((before) => Object.fromEntries(Object.entries(before).filter(([id]) => !groups.some((one) => one.id === id))));
  const close = (): void => setShown(null);

  if (all.length === 0) {
    return (
      <EmptyState icon={<CopyX size={20} />} title={words.answer.none} testId="gitops-none">
        {words.noneText}
      </EmptyState>
    );
  }
  return (
    <div className="gitops-body">
      <div className="gitops-groups">
        <div className="gitops-filters">
          <FilterBox value={filter.text} onChange={(text) => setFilter({ ...filter, text })} label={words.groups.filter} inputRef={filterRef} testId="gitops-filter" />
          <Select label={words.groups.of} value={filter.of} options={['', ...CLASSES.filter((of) => all.some((one) => one.class === of))]} words={{ '': words.groups.allClasses, ...words.classes }} testId="gitops-class" onChange={(of) => setFilter({ ...filter, of })} />
        </div>
        {lines.length === 0 ? <EmptyState title={words.groups.noMatch} actions={<Button onClick={() => setFilter(NO_FILTER)}>{words.groups.clear}</Button>} /> : <GroupRows lines={lines} chosen={chosen} decided={decided} filterRef={filterRef} onChoose={(one) => setChosen(one.id)} />}
        {decided.size > 1 && (
          <div className="gitops-decided">
            <Button look="primary" disabled={busy} data-testid="resolve-decided" onClick={() => setShown({ is: 'resolve', groups: report.groups.filter((one) => decided.has(one.id)) })}>
              {words.resolveDecided(decided.size)}
            </Button>
          </div>
        )}
      </div>
      {group === null ? (
        <EmptyState title={words.groups.choose}>{words.groups.chooseText}</EmptyState>
      ) : (
        <GroupDetail
          key={group.id}
          group={group}
          groups={report.groups}
          choice={choiceOf(group)}
          verdict={planned?.reason ?? null}
          explain={(member) => planned?.members.find((one) => one.file === member.file && one.document === member.document)?.explanation ?? null}
          busy={busy}
          onChoose={(choice) => choose([choice])}
          onSimilar={choose}
          onCompare={(left, right) => setShown({ is: 'compare', members: { left, right }, group })}
          onMerge={(left, right) => setShown({ is: 'merge', members: { left, right }, group })}
          onResolve={() => setShown({ is: 'resolve', groups: [group] })}
        />
      )}
      {shown?.is === 'compare' && <CompareSheet project={project} members={shown.members} onClose={close} />}
      {shown?.is === 'merge' && (
        <MergeSheet
          project={project}
         
          members={shown.members}
          onMerged={(mergedText) => {
            const before = choiceOf(shown.group);
            if (before !== null) choose([{ ...before, mergedText }]);
            close();
          }}
          onClose={close}
        />
      )}
      {shown?.is === 'resolve' && (
        <DecidedSheet
          project={project}
         
          decided={shown.groups.flatMap((one) => {
            const choice = choiceOf(one);
            return choice === null ? [] : [{ group: one, choice }];
          })}
          onDone={() => {
            forget(shown.groups);
            close();
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

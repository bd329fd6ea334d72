import type { ReactElement } from 'react';
import { Columns2, Combine, CopyCheck } from 'lucide-react';
import { gitopsWords as words } from '../../locales/en/gitops';
import { Button } from '../../ui/button';
import { Choice as Select } from '../../ui/choice';
import { ACTIONS, acting, keeping, type Action, type Choice } from './choices';
import { groupName, rankedMembers, similarGroups, type Group, type Member } from './group-list';

interface GroupDetailProps {
  readonly group: Group;
  readonly groups: readonly Group[];
  readonly choice: Choice | null;
  /** Why rules keep the one they keep, or why they leave it to the user. */
  readonly verdict: string | null;
  /** Why a member has its score, where that is known. */
  readonly explain: (member: Member) => string | null;
  readonly busy: boolean;
  readonly onChoose: (choice: Choice) => void;
  readonly onSimilar: (choices: readonly Choice[]) => void;
  readonly onCompare: (left: Member, right: Member) => void;
  readonly onMerge: (left: Member, right: Member) => void;
  readonly onResolve: () => void;
}

/** One group: who is in it, with what score and why, which one stays, and what becomes of the others. */
export function GroupDetail({ group, groups, choice, verdict, explain, busy, onChoose, onSimilar, onCompare, onMerge, onResolve }: GroupDetailProps): ReactElement {
  const members = rankedMembers(group);
  const kept = members.find((member) => member.file === choice?.keep.file && member.document === choice.keep.document) ?? null;
  const rival = members.find((member) => member !== (kept ?? members[0])) ?? null;
  const similar = choice === null ? [] : similarGroups(groups, group, choice.keep.file);
  const isInfo = group.certainty === 'info';
  return (
    <section className="gitops-detail" aria-label={groupName(group)} data-testid="gitops-group">
      <header className="gitops-detail-head">
        <h2 className="selectable">{groupName(group)}</h2>
        <p className="dim selectable">{verdict === null || verdict === group.reason ? group.reason : `${group.reason} ${verdict}`}</p>
        <p className="faint">
          {[words.certainty[group.certainty], group.layer === null ? words.groups.differ(group.differences.length) : words.layers[group.layer], words.groups.root(group.applyRoot === '' ? '.' : group.applyRoot)].join(' · ')}
        </p>
      </header>
      <div className="gitops-members scroll" tabIndex={0} role="region" aria-label={words.groups.members}>
        <ul aria-label={words.groups.keep}>
          {members.map((member) => {
            const key = `${member.file}#${String(member.document)}${member.item === null ? '' : `.${String(member.item)}`}`;
            const isKept = member === kept;
            const why = explain(member);
            return (
              <li key={key} className="gitops-member" data-kept={isKept} data-testid={`member-${key}`}>
                <label className="gitops-keep">
                  <input type="radio" name={`keep-${group.id}`} checked={isKept} disabled={isInfo} data-testid={`keep-${key}`} onChange={() => onChoose(keeping(choice, group, member.file, member.document))} />
                  <span className="gitops-member-text">
                    <span className="mono ellipsis" title={member.file}>{member.file}</span>
                    <span className="faint">
                      {words.groups.line(member.line)} · {why === null ? words.groups.score(member.priorityScore) : words.groups.scored(why)}
                    </span>
                  </span>
                </label>
                {isKept ? <span className="gitops-kept">{words.groups.stays}</span> : <Select<Action | ''> label={words.groups.actionFor(member.file)} value={choice?.actions[member.file] ?? ''} options={['', ...ACTIONS]} words={words.actions} testId={`action-${key}`} onChange={(action) => choice !== null && onChoose(acting(choice, member.file, action === '' ? null : action))} />}
              </li>
            );
          })}
        </ul>
        {group.differences.length > 0 && (
          <div className="gitops-differences">
            <h3>{words.groups.where}</h3>
            <ul className="mono selectable">
              {group.differences.slice(0, 50).map((pointer) => (
                <li key={pointer}>{pointer}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <footer className="gitops-detail-foot">
        {rival !== null && (
          <Button size="small" icon={<Columns2 size={13} />} data-testid="group-compare" onClick={() => onCompare(kept ?? members[0]!, rival)}>
            {words.groups.compare}
          </Button>
        )}
        {rival !== null && kept !== null && group.layer === null && (
          <Button size="small" icon={<Combine size={13} />} data-testid="group-merge" onClick={() => onMerge(kept, rival)}>
            {choice?.mergedText == null ? words.groups.merge : words.groups.merged}
          </Button>
        )}
        {similar.length > 0 && choice !== null && (
          <Button size="small" icon={<CopyCheck size={13} />} data-testid="group-similar" onClick={() => onSimilar(similar.map((one) => keeping(null, one.group, one.keep, one.group.members.find((member) => member.file === one.keep)?.document ?? 0)))}>
            {words.groups.similar(similar.length)}
          </Button>
        )}
        <span className="grow" />
        {!isInfo && (
          <Button look="primary" disabled={busy || kept === null} data-testid="group-resolve" onClick={onResolve}>
            {words.groups.resolve}
          </Button>
        )}
      </footer>
    </section>
  );
}

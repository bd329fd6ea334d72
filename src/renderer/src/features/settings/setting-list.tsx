import { useRef, type ReactElement, type ReactNode, type RefObject } from 'react';
import { say } from '../../locales/say';
import type { AppError } from '@shared/kernel/app-error';
import type { Setting } from '../../lib/model';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { groupedSettings, matchesSetting, type SettingGroup } from './setting-groups';
import { SettingRow } from './setting-row';

interface SettingListProps {
  readonly settings: readonly Setting[] | null;
  readonly error: AppError | null;
  readonly again: () => void;
  readonly filter: string;
  readonly filterInput: RefObject<HTMLInputElement | null>;
  readonly onClear: () => void;
  /** What stands under the heading of a group, before its settings. */
  readonly lead?: ((group: SettingGroup) => ReactNode) | undefined;
  /** What stands below the words of a setting. */
  readonly beside?: ((setting: Setting) => ReactNode) | undefined;
}

/** The id of a section, for the index. */
export function sectionId(section: string): string {
  return `settings-section-${section}`;
}

/** Every setting under its heading. J and K move, Enter goes into the field, Esc back. */
export function SettingList({ settings, error, again, filter, filterInput, onClear, lead, beside }: SettingListProps): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list, filterInput);
  const groups = groupedSettings((settings ?? []).filter((setting) => matchesSetting(setting, filter)));
  return (
    <div ref={list} data-testid="settings-list">
      {settings === null && error !== null && (
        <section>
          <ErrorBox title={say.settings.failed} error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />
        </section>
      )}
      {settings === null && error === null && (
        <section>
          <Skeleton rows={6} height={56} label={say.boot.loading} />
        </section>
      )}
      {settings !== null && groups.length === 0 && <EmptyState title={say.settings.nothingMatches(filter)} actions={<Button onClick={onClear}>{say.settings.clearFilter}</Button>} />}
      {groups.map(({ group, settings: members }) => (
        <section key={group} id={sectionId(group)}>
          <h2 tabIndex={-1}>{say.settings.groups[group]}</h2>
          {filter === '' && lead?.(group)}
          <ul>
            {members.map((setting) => (
              <SettingRow key={setting.key} setting={setting}>
                {beside?.(setting)}
              </SettingRow>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

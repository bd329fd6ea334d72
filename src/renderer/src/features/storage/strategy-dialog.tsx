import type { ReactElement } from 'react';
import { storageWords as words } from '../../locales/en/storage';
import type { Project } from '../../lib/model';
import { ChangeDialog } from '../../ui/change-dialog';
import type { StrategyName } from './conflict-view';

/** What a way out changes in which file, and the button that does exactly that. */
export function StrategyDialog({ project, strategy, onClose }: { readonly project: Project; readonly strategy: StrategyName; readonly onClose: () => void }): ReactElement {
  return <ChangeDialog name="storage.apply-strategy" input={{ project: project.id, strategy }} title={words.conflicts.strategy[strategy].title} lead={words.conflicts.lead} apply={words.conflicts.apply} testId="strategy-dialog" onClose={onClose} />;
}

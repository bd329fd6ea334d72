import type { ReactElement, ReactNode } from 'react';
import { History } from 'lucide-react';
import { gitopsWords } from '../../locales/en/gitops';
import { Button } from '../../ui/button';
import { Ago } from '../../ui/time';

const words = gitopsWords.rules;

/** One version of something that is kept with its history. */
export interface ListedVersion {
  readonly version: number;
  /** Null for what was there from the beginning. */
  readonly at: string | null;
  readonly note: string;
  readonly author?: string;
}

interface VersionListProps {
  /** Oldest first. */
  readonly versions: readonly ListedVersion[];
  /** The one in force. */
  readonly current: number | null;
  /** Begins the names of the buttons in tests. */
  readonly testId: string;
  readonly disabled: boolean;
  readonly onBack: (version: number) => void;
  /** What else can be done with one. */
  readonly more?: (version: number) => ReactNode;
}

/** The versions there were, newest first, each with the way back to it. */
export function VersionList({ versions, current, testId, disabled, onBack, more }: VersionListProps): ReactElement {
  return (
    <ul className="rules-versions" data-testid={`${testId}-versions`}>
      {[...versions].reverse().map((one) => (
        <li key={`${String(one.version)} ${one.at ?? ''}`}>
          <span className="grow ellipsis">
            {words.version(one.version)} <span className="faint">{[one.author ?? '', one.note].filter((part) => part !== '').join(' · ')}</span>
          </span>
          <span className="faint">{one.at !== null && <Ago at={one.at} />}</span>
          {more?.(one.version)}
          {one.version === current ? (
            <span className="gitops-kept">{words.current}</span>
          ) : (
            <Button size="small" icon={<History size={13} />} disabled={disabled} data-testid={`${testId}-back-${String(one.version)}`} onClick={() => onBack(one.version)}>
              {words.back}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

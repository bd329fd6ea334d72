import { useState } from 'react';
import { remember, remembered } from '../../lib/remember';
import { LOG_TIMES, type LogTimes } from './log-row';

const KEY = 'berth.logs';

/** How lines are shown, everywhere. */
export interface LogChoices {
  readonly times: LogTimes;
  readonly wrap: boolean;
  readonly nextTimes: () => void;
  readonly toggleWrap: () => void;
}

interface Kept {
  readonly times: LogTimes;
  readonly wrap: boolean;
}

function kept(): Kept {
  const [times, wrap] = (remembered(KEY) ?? '').split(' ');
  return { times: LOG_TIMES.find((one) => one === times) ?? 'clock', wrap: wrap === 'wrap' };
}

/** The choices of this view; the next one begins with them. */
export function useLogChoices(): LogChoices {
  const [choices, setChoices] = useState(kept);
  const choose = (next: Kept): void => {
    remember(KEY, `${next.times} ${next.wrap ? 'wrap' : 'no-wrap'}`);
    setChoices(next);
  };
  return {
    ...choices,
    nextTimes: () => choose({ ...choices, times: LOG_TIMES[(LOG_TIMES.indexOf(choices.times) + 1) % LOG_TIMES.length] ?? 'clock' }),
    toggleWrap: () => choose({ ...choices, wrap: !choices.wrap }),
  };
}

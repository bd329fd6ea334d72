import type { timesWords } from '../en/times';
import type { Translation } from '../translated';

export const times: Translation<typeof timesWords> = {
  justNow: 'gerade eben',
  seconds: (seconds) => `vor ${String(seconds)} s`,
  minutes: (minutes) => `vor ${String(minutes)} min`,
  hours: (hours) => `vor ${String(hours)} h`,
  yesterday: 'gestern',
  days: (days) => `vor ${String(days)} Tagen`,
  now: 'jetzt',
  in: (span) => `in ${span}`,
};

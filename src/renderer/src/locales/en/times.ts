import { translated } from '../translated';

/** How long ago something was, and when it will be. */
export const timesWords = translated('times', {
  justNow: 'just now',
  seconds: (seconds: number) => `${String(seconds)} s ago`,
  minutes: (minutes: number) => `${String(minutes)} min ago`,
  hours: (hours: number) => `${String(hours)} h ago`,
  yesterday: 'yesterday',
  days: (days: number) => `${String(days)} days ago`,
  now: 'now',
  in: (span: string) => `in ${span}`,
});

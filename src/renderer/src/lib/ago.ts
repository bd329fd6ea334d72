import { timesWords as words } from '../locales/en/times';
import { uptime } from './format';

/** When something was, seen from now: just now, 12 s ago, 4 min ago, yesterday, 3 days ago. */
export function ago(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 5) return words.justNow;
  if (seconds < 60) return words.seconds(seconds);
  if (seconds < 3600) return words.minutes(Math.floor(seconds / 60));
  if (seconds < 86_400) return words.hours(Math.floor(seconds / 3600));
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? words.yesterday : words.days(days);
}

/** When something will be, seen from now: now, in 12 s, in 4 min, in 3 h 5 min. */
export function until(ms: number): string {
  return ms < 1_000 ? words.now : words.in(uptime(ms));
}

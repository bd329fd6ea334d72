import type { timesWords } from '../en/times';
import type { Translation } from '../translated';

export const times: Translation<typeof timesWords> = {
  justNow: '刚刚',
  seconds: (seconds) => `${String(seconds)} 秒前`,
  minutes: (minutes) => `${String(minutes)} 分钟前`,
  hours: (hours) => `${String(hours)} 小时前`,
  yesterday: '昨天',
  days: (days) => `${String(days)} 天前`,
  now: '现在',
  in: (span) => `${span}后`,
};

import { count } from '../../lib/format';
import { translated } from '../translated';

/** The words of comparing and merging texts. They come with the view that does. */
export const compareWords = translated('compare', {
  how: 'How the difference is told',
  text: 'Text',
  meaning: 'Meaning',
  side: 'Side by side',
  unified: 'One below the other',
  layout: 'How it is laid out',
  same: 'No difference',
  sameText: 'Both say the same, letter by letter.',
  sameMeaning: 'Only order, comments and spelling differ: both mean the same.',
  differs: (places: number) => count(places, 'place differs', 'places differ'),
  previous: 'Difference before (Shift+F7)',
  next: 'Next difference (F7)',
  loading: 'Comparing…',
  unchanged: '$ unchanged lines',
  merge: {
    result: 'What will be written',
    open: (number: number) => `${count(number, 'conflict is', 'conflicts are')} not decided`,
    decided: 'Every conflict is decided',
    take: (side: string) => `Take ${side}`,
    both: 'Take both',
    conflict: (number: number, of: number) => `Conflict ${String(number)} of ${String(of)}`,
    next: 'Next conflict',
    restart: 'Start again',
  },
});

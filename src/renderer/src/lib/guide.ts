/** A symptom with what to look at and what to do then, as the guide's first table has it. */
export interface Symptom {
  readonly see: string;
  readonly look: string;
  readonly then: string;
  /** What the look can be made with here; null where no command is named that the window has a place for. */
  readonly check: GuideCheck | null;
}

/** What the window can do about a look. */
export type GuideCheck = 'checks' | 'services' | 'connectivity' | 'variables' | 'machine' | 'disk' | 'operations' | 'storage' | 'snapshots';

/** What the guide says of one code. */
export interface GuideSection {
  readonly code: string;
  /** A finding is written in capitals, an error in small letters. */
  readonly kind: 'finding' | 'error';
  readonly text: string;
}

export interface Guide {
  readonly symptoms: readonly Symptom[];
  readonly sections: readonly GuideSection[];
}

const CHECKS: { readonly [command: string]: GuideCheck } = {
  'checks run': 'checks',
  'services logs': 'services',
  'checks connectivity': 'connectivity',
  'compose variables': 'variables',
  doctor: 'machine',
  'disk show': 'disk',
  'operations list': 'operations',
  'operations show': 'operations',
  storage: 'storage',
  snapshots: 'snapshots',
};

/** Reads the troubleshooting page: its table of symptoms and its section of each code. */
export function readGuide(markdown: string): Guide {
  const table = /^## From a symptom\n([\s\S]*?)(?=^## )/m.exec(markdown)?.[1] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| ')).slice(1);
  const sections = markdown
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [code = '', ...lines] = (part.split(/^## /m)[0] ?? '').split('\n');
      return { code: code.trim(), kind: /^[A-Z_]+$/.test(code.trim()) ? ('finding' as const) : ('error' as const), text: lines.join(' ').replace(/\s+/g, ' ').trim() };
    });
  return { symptoms: rows.map(symptomOf), sections };
}

function symptomOf(line: string): Symptom {
  const [see = '', look = '', then = ''] = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
  const command = /`berth ([a-z]+(?: [a-z-]+)?)/.exec(look)?.[1] ?? '';
  return { see, look, then, check: CHECKS[command] ?? CHECKS[command.split(' ')[0] ?? ''] ?? null };
}

/** What of the guide has these words, in a code or in its text. Words in any order. */
export function filterGuide(guide: Guide, text: string): Guide {
  const words = text.trim().toLowerCase().split(/\s+/).filter((word) => word !== '');
  const has = (...parts: readonly string[]): boolean => {
    const all = parts.join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  };
  return { symptoms: guide.symptoms.filter(({ see, look, then }) => has(see, look, then)), sections: guide.sections.filter((section) => has(section.code, section.text)) };
}

/**
 * Control characters other than tab and newline, and characters that change the direction or hide: shown as text they
 * could make a name look like another one.
 */
 
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
 
const HAS_HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

 
export const ESCAPES = /\u001b(?:\[([0-9;:?]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_=>])/g;

/** The text with every hidden character written out, for example ⟨U+202E⟩. */
export function visibleText(text: string): string {
  if (!HAS_HIDDEN.test(text)) return text;
  return text.replaceAll('\r\n', '\n').replace(HIDDEN, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** Plain data with every text in it made visible. Returns the same object where nothing had to change. */
export function visibleJson<T>(value: T): T {
  // Colours of a program's output say nothing outside its log: they go, everything else hidden is shown.
  if (typeof value === 'string') return visibleText(value.includes('\u001b') ? value.replace(ESCAPES, '') : value) as T;
  if (Array.isArray(value)) {
    let changed = false;
    const items = value.map((item: unknown) => {
      const shown: unknown = visibleJson(item);
      changed ||= shown !== item;
      return shown;
    });
    return (changed ? items : value) as T;
  }
  if (typeof value === 'object' && value !== null) {
    let changed = false;
    const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
      const shown: unknown = visibleJson(item);
      const shownKey = visibleText(key);
      changed ||= shown !== item || shownKey !== key;
      return [shownKey, shown] as const;
    });
    return (changed ? Object.fromEntries(entries) : value) as T;
  }
  return value;
}

/** What is too short to be a secret that anybody could not guess. */
const MIN_CHARS = 8;
const LONG_CHARS = 20;
/** What such values look like and yet is none: numbers with units, versions, dates, addresses, places, references of images. */
const ORDINARY = [/^\d+(?:[.:,-]\d+)*[a-zA-Z%]{0,5}$/, /^v?\d+(?:\.\d+)+(?:[-+][\w.]+)?$/, /^[~.]?\//, /^[A-Za-z]:\\/, /^[a-z][a-z0-9+.-]*:\/\/[^@]*$/i, /^[a-z0-9._/-]+:[a-z0-9._-]{1,24}$/];

/** True when a value is so likely a password, a key or a token that it is taken out whatever its name is. Names in words (`production`, `postgres_data`) are none. */
export function looksSecret(value: string): boolean {
  if (value.length < MIN_CHARS || /\s/.test(value) || ORDINARY.some((pattern) => pattern.test(value))) return false;
  const hasBoth = /\d/.test(value) && /[A-Za-z]/.test(value);
  return hasBoth || (value.length >= LONG_CHARS && /[A-Z]/.test(value) && /[a-z]/.test(value)) || /[^\w.,/@:-]/.test(value);
}

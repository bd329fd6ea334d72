import { AppError } from '../../kernel/app-error';
import { isLocalAddress } from '../engine/candidates';
import { editorCommand } from './editor-command';

/** What a setting that is free text may hold, beside nothing at all. */
export type TextRule = 'engine' | 'editor' | 'address';

const MAX_CHARS = 1_000;

/** What each of them may be, in words. */
export const TEXT_RULES: { readonly [rule in TextRule]: string } = {
  engine: 'empty, or a name of `berth engine list`',
  editor: 'empty, or a command with {file} and {line}',
  address: 'empty, or an https address',
};

/** The text as it is kept. Throws `input-invalid` with what is wrong. */
export function ruledText(rule: TextRule, given: string): string {
  const text = given.trim();
  if (text === '') return '';
  if (text.length > MAX_CHARS || /[\u0000-\u001f\u007f]/.test(text)) throw new AppError('input-invalid', 'It is one line of text, of 1,000 characters at most.');
  if (rule === 'editor') editorCommand(text);
  if (rule === 'address') checkAddress(text);
  if (rule === 'engine' && text.includes('://') && !isLocalAddress(text)) throw new AppError('input-invalid', 'Berth works with engines of this machine: a socket, or a port on 127.0.0.1.', { hint: 'Forward the socket of another machine to this one first.' });
  return text;
}

/** Nothing secret stands in a setting, and nobody on the way may change an answer. */
function checkAddress(text: string): void {
  const match = /^(https?):\/\/([^/?#\s]+)(?:[/?#]\S*)?$/.exec(text);
  if (match === null) throw new AppError('input-invalid', 'This is no https address.', { hint: 'For example: https://updates.example.org/berth.json' });
  const [, scheme, place = ''] = match;
  if (place.includes('@')) throw new AppError('input-invalid', 'An address with a name or password is not kept in a setting.');
  if (scheme === 'http' && !/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/.test(place)) throw new AppError('input-invalid', 'Without https only an address of this machine is taken.');
}

import { useEffect, useState, type ReactElement } from 'react';
import { Check, Terminal } from 'lucide-react';
import { say } from '../locales/say';
import './copy-command.css';

/** The command line that does the same; a click copies it. */
export function CopyCommand({ command, label }: { readonly command: string; readonly label: string }): ReactElement {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button type="button" className="copy-command" title={label} aria-label={`${label}: ${command}`} onClick={() => setCopied(copyText(command))}>
      {copied ? <Check size={13} aria-hidden="true" /> : <Terminal size={13} aria-hidden="true" />}
      <code className="ellipsis">{copied ? say.actions.copied : command}</code>
    </button>
  );
}

/** Copies without the clipboard permission, which Berth's pages are denied like every other one. */
export function copyText(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'hidden-text';
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  // Whoever copied with a key goes on from where it was.
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}

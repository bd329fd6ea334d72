import { useState, type ReactElement } from 'react';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { say } from '../../locales/say';
import { terminalWords } from '../../locales/en/terminal';
import { IconButton } from '../../ui/button';

/** Finds text in the terminal: Enter goes on, Shift+Enter back, Esc closes. */
export function SearchBar({ find, onClose }: { readonly find: (text: string, forwards: boolean) => boolean; readonly onClose: () => void }): ReactElement {
  const [text, setText] = useState('');
  const [found, setFound] = useState(true);
  const look = (wanted: string, forwards: boolean): void => setFound(wanted === '' || find(wanted, forwards));
  return (
    <div className="terminal-search" role="search">
      <input
        autoFocus
        type="text"
        value={text}
        placeholder={terminalWords.search}
        aria-label={terminalWords.search}
        spellCheck={false}
        data-testid="terminal-search-text"
        onChange={(event) => {
          setText(event.target.value);
          look(event.target.value, true);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') look(text, !event.shiftKey);
          else if (event.key === 'Escape') onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <IconButton label={terminalWords.previous} onClick={() => look(text, false)}>
        <ChevronUp size={14} />
      </IconButton>
      <IconButton label={terminalWords.next} onClick={() => look(text, true)}>
        <ChevronDown size={14} />
      </IconButton>
      <span className="dim" role="status">
        {found ? '' : terminalWords.noMatch}
      </span>
      <span className="grow" />
      <IconButton label={say.actions.close} onClick={onClose}>
        <X size={14} />
      </IconButton>
    </div>
  );
}

import { useRef, useState, type ReactElement, type RefObject } from 'react';
import { terminalWords } from '../../locales/en/terminal';

interface RunFieldProps {
  /** Where one types. */
  readonly inputRef: RefObject<HTMLInputElement | null>;
  /** Those that run. */
  readonly services: readonly string[];
  /** The one that is looked at. */
  readonly preferred: string | null;
  readonly onRun: (service: string, line: string) => void;
}

/** As many lines as one remembers having typed; they are gone with the window. */
const KEPT_LINES = 50;

/** One command in one service, with what was run before on the arrow keys. */
export function RunField({ inputRef, services, preferred, onRun }: RunFieldProps): ReactElement {
  const [chosen, setChosen] = useState<string | null>(null);
  const [line, setLine] = useState('');
  const history = useRef<readonly string[]>([]);
  const at = useRef(0);
  const wanted = chosen ?? preferred;
  const service = services.find((one) => one === wanted) ?? services[0] ?? '';

  function recall(step: number): void {
    const lines = history.current;
    at.current = Math.max(0, Math.min(lines.length, at.current + step));
    setLine(lines[at.current] ?? '');
  }

  function run(): void {
    const text = line.trim();
    if (text === '') return;
    history.current = [...history.current.filter((one) => one !== text), text].slice(-KEPT_LINES);
    at.current = history.current.length;
    setLine('');
    onRun(service, text);
  }

  return (
    <form
      className="terminal-run"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      {services.length > 1 && (
        <select value={service} aria-label={terminalWords.runService} onChange={(event) => setChosen(event.target.value)} data-testid="terminal-run-service">
          {services.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
      <input
        ref={inputRef}
        type="text"
        value={line}
        placeholder={terminalWords.runIn(service)}
        aria-label={terminalWords.runLabel(service)}
        spellCheck={false}
        data-testid="terminal-run"
        onChange={(event) => setLine(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
          else if (event.key === 'ArrowUp') recall(-1);
          else if (event.key === 'ArrowDown') recall(1);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </form>
  );
}

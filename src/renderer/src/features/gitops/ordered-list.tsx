import { useRef, useState, type ReactElement } from 'react';
import { ChevronDown, ChevronUp, GripVertical, Plus, X } from 'lucide-react';
import { gitopsWords } from '../../locales/en/gitops';
import { Button, IconButton } from '../../ui/button';

const words = gitopsWords.rules;

interface OrderedListProps {
  readonly title: string;
  readonly hint: string;
  readonly placeholder: string;
  readonly entries: readonly string[];
  readonly testId: string;
  readonly onChange: (entries: readonly string[]) => void;
}

/** A list whose order counts: moved by dragging, by buttons, or with Alt and the arrow keys. */
export function OrderedList({ title, hint, placeholder, entries, testId, onChange }: OrderedListProps): ReactElement {
  const [typed, setTyped] = useState('');
  const [dragged, setDragged] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);

  function move(from: number, to: number): void {
    if (to < 0 || to >= entries.length || from === to) return;
    onChange(moved(entries, from, to));
    // Whoever moves an entry by its keys goes on with it.
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>('[data-entry]')[to]?.focus());
  }

  function add(): void {
    const text = typed.trim();
    if (text === '' || entries.includes(text)) return;
    onChange([...entries, text]);
    setTyped('');
  }

  return (
    <section className="ordered" data-testid={testId}>
      <h2>{title}</h2>
      <p className="faint">{hint}</p>
      <ol ref={list} aria-label={title}>
        {entries.map((entry, index) => (
          <li key={entry} data-dragged={dragged === index} onDragOver={(event) => dragged !== null && event.preventDefault()} onDrop={() => dragged !== null && (onChange(moved(entries, dragged, index)), setDragged(null))}>
            <button
              type="button"
              data-entry
              draggable
              className="ordered-entry"
              aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
              onDragStart={() => setDragged(index)}
              onDragEnd={() => setDragged(null)}
              onKeyDown={(event) => {
                const step = event.altKey && event.key === 'ArrowUp' ? -1 : event.altKey && event.key === 'ArrowDown' ? 1 : 0;
                if (step === 0) return;
                event.preventDefault();
                move(index, index + step);
              }}
            >
              <GripVertical size={13} aria-hidden="true" />
              <span className="faint">{index + 1}</span>
              <span className="mono ellipsis">{entry}</span>
            </button>
            <IconButton label={words.up(entry)} disabled={index === 0} data-testid={`${testId}-up-${String(index)}`} onClick={() => move(index, index - 1)}>
              <ChevronUp size={14} />
            </IconButton>
            <IconButton label={words.down(entry)} disabled={index === entries.length - 1} onClick={() => move(index, index + 1)}>
              <ChevronDown size={14} />
            </IconButton>
            <IconButton label={words.remove(entry)} onClick={() => onChange(entries.filter((one) => one !== entry))}>
              <X size={14} />
            </IconButton>
          </li>
        ))}
      </ol>
      <form
        className="ordered-add"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <input className="text-field mono" type="text" autoComplete="off" spellCheck={false} aria-label={words.addTo(title)} placeholder={placeholder} value={typed} data-testid={`${testId}-add`} onChange={(event) => setTyped(event.target.value)} />
        <Button size="small" type="submit" icon={<Plus size={13} />} disabled={typed.trim() === '' || entries.includes(typed.trim())}>
          {words.add}
        </Button>
      </form>
    </section>
  );
}

function moved(entries: readonly string[], from: number, to: number): readonly string[] {
  const others = entries.filter((_, index) => index !== from);
  return [...others.slice(0, to), entries[from] ?? '', ...others.slice(to)];
}

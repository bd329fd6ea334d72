import { useRef, type KeyboardEvent, type ReactElement } from 'react';
import { FileSearch, Info, OctagonAlert, SquarePen, TriangleAlert } from 'lucide-react';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../locales/say';
import { fileName } from '../lib/format';
import type { Finding } from '../lib/model';
import { Button } from './button';
import './finding-item.css';

const ICONS = { error: OctagonAlert, warning: TriangleAlert, info: Info };

interface FindingItemProps {
  readonly finding: Finding;
  readonly modes?: readonly string[];
  /** Says what it is about where that does not stand above it. */
  readonly area?: string;
  readonly onFix: (fix: Finding['fixes'][number]) => void;
  /** Shows the place in the file. */
  readonly onShow?: (where: Where) => void;
  /** Opens the place in the person's own editor. */
  readonly onEdit?: (where: Where) => void;
  readonly disabled?: boolean;
}

/** One finding: how bad, what, why, where, and a button for each way out. Enter shows its place, F fixes it, O opens the editor. */
export function FindingItem({ finding, modes, area, onFix, onShow, onEdit, disabled = false }: FindingItemProps): ReactElement {
  const Icon = ICONS[finding.severity];
  const row = useRef<HTMLLIElement>(null);
  const { where } = finding;

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== row.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const fix = finding.fixes[0];
    if (event.key === 'Enter' && where !== undefined && onShow !== undefined) onShow(where);
    else if (event.key.toLowerCase() === 'o' && where !== undefined && onEdit !== undefined) onEdit(where);
    else if (event.key.toLowerCase() === 'f' && fix !== undefined && !disabled) onFix(fix);
    else return;
    event.preventDefault();
  }

  return (
    <li ref={row} className={`finding finding-${finding.severity}`} data-testid={`finding-${finding.id}`} data-severity={finding.severity} data-row tabIndex={-1} onKeyDown={onKeyDown}>
      <Icon size={16} aria-hidden="true" />
      <div className="grow">
        <p className="finding-message selectable">
          <span className="hidden-text">{say.findings.severities[finding.severity]}: </span>
          {finding.message}
        </p>
        <p className="dim selectable">{finding.why}</p>
        <div className="finding-meta">
          {where !== undefined && <Place where={where} onShow={onShow} onEdit={onEdit} />}
          {area !== undefined && <span>{area}</span>}
          {finding.service !== undefined && <span>{finding.service}</span>}
          {modes !== undefined && modes.length > 0 && <span>{say.conflicts.inModes(modes)}</span>}
          {finding.confidence === 'possible' && <span>{say.findings.possible}</span>}
        </div>
      </div>
      {finding.fixes.length > 0 && (
        <div className="finding-fixes">
          {finding.fixes.map((fix) => (
            <Button key={fix.id} size="small" disabled={disabled} onClick={() => onFix(fix)} data-testid={`fix-${fix.id}`}>
              {fix.title}
            </Button>
          ))}
        </div>
      )}
    </li>
  );
}

/** A file and a line; with buttons where it can be shown and opened. */
function Place({ where, onShow, onEdit }: { readonly where: Where; readonly onShow: FindingItemProps['onShow']; readonly onEdit: FindingItemProps['onEdit'] }): ReactElement {
  const text = say.findings.line(fileName(where.file), where.line);
  if (onShow === undefined) {
    return (
      <code className="selectable" title={where.file}>
        {text}
      </code>
    );
  }
  return (
    <>
      <button type="button" className="finding-place" title={where.file} aria-label={say.source.show(text)} data-testid="finding-show" onClick={() => onShow(where)}>
        <FileSearch size={12} aria-hidden="true" />
        <code>{text}</code>
      </button>
      {onEdit !== undefined && (
        <button type="button" className="finding-place" aria-label={say.source.edit(text)} data-testid="finding-edit" onClick={() => onEdit(where)}>
          <SquarePen size={12} aria-hidden="true" />
          {say.source.open}
        </button>
      )}
    </>
  );
}

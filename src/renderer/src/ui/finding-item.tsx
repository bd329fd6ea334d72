import type { ReactElement } from 'react';
import { Info, OctagonAlert, TriangleAlert } from 'lucide-react';
import { en } from '../locales/en';
import { fileName } from '../lib/format';
import type { Finding } from '../lib/model';
import { Button } from './button';
import './finding-item.css';

const ICONS = { error: OctagonAlert, warning: TriangleAlert, info: Info };

/** One finding: how bad, what, why, where, and a button for each way out. */
export function FindingItem({ finding, modes, onFix, disabled }: { readonly finding: Finding; readonly modes?: readonly string[]; readonly onFix: (fix: Finding['fixes'][number]) => void; readonly disabled?: boolean }): ReactElement {
  const Icon = ICONS[finding.severity];
  return (
    <li className={`finding finding-${finding.severity}`} data-testid={`finding-${finding.id}`} data-severity={finding.severity} data-row tabIndex={-1}>
      <Icon size={16} aria-hidden="true" />
      <div className="grow">
        <p className="finding-message selectable">
          <span className="hidden-text">{en.findings.severities[finding.severity]}: </span>
          {finding.message}
        </p>
        <p className="dim selectable">{finding.why}</p>
        <p className="finding-meta">
          {finding.where !== undefined && (
            <code className="selectable" title={finding.where.file}>
              {en.findings.line(fileName(finding.where.file), finding.where.line)}
            </code>
          )}
          {finding.service !== undefined && <span>{finding.service}</span>}
          {modes !== undefined && modes.length > 0 && <span>{en.conflicts.inModes(modes)}</span>}
          {finding.confidence === 'possible' && <span>{en.findings.possible}</span>}
        </p>
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

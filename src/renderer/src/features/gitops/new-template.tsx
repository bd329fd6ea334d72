import { useState, type ReactElement } from 'react';
import { gitopsWords } from '../../locales/en/gitops';
import { runOperation } from '../../lib/run-operation';
import type { Project } from '../../lib/model';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { TextRow } from '../../ui/fields';

const words = gitopsWords.templates;
/** Shows what a template is; it renders as it stands. */
const BEGIN = 'services:\n{% for service in services %}\n  # {{ service.name }}\n{% endfor %}\n';

/** Makes a template: its first version. */
export function NewTemplate({ project, folder, onClose }: { readonly project: Project; readonly folder: string; readonly onClose: (made: string | null) => void }): ReactElement {
  const [path, setPath] = useState('');
  const name = path.trim();
  return (
    <ConfirmDialog
      testId="template-new-dialog"
      title={words.newTitle}
      lead={words.newLead(folder)}
      confirm={words.create}
      confirmTestId="template-create"
      ready={/[^/]\.[a-z0-9]+$/i.test(name)}
      act={() => runOperation('gitops.save-template', { project: project.id, template: name, text: BEGIN, base: 'none', note: '' })}
      onDone={() => onClose(name)}
      onClose={() => onClose(null)}
    >
      <form className="form-grid" onSubmit={(event) => event.preventDefault()}>
        <TextRow label={words.path} value={path} placeholder="ingress.yaml" first code testId="template-new-path" onChange={setPath} />
      </form>
    </ConfirmDialog>
  );
}

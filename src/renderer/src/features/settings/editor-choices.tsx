import type { ReactElement } from 'react';
import { machineWords as words } from '../../locales/en/machine';
import { appWindow, call } from '../../lib/client';
import type { Setting } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';

const SHOWN = 6;

/** The editors that were found, to choose one by a click. */
export function EditorChoices({ setting }: { readonly setting: Setting }): ReactElement | null {
  const found = useAnswer(appWindow.foundEditors).value;
  if (found === null) return null;
  if (found.length === 0) return <p className="faint setting-hint">{words.editor.none}</p>;
  const choose = (value: string): void => void attempt(() => call('settings.set', { key: setting.key, value }));
  return (
    <div className="setting-actions" role="group" aria-label={words.editor.found} data-testid="editor-choices">
      <span className="faint">{words.editor.found}:</span>
      {found.slice(0, SHOWN).map(({ name, command }) => (
        <Button key={command} size="small" aria-pressed={setting.value === command} aria-label={words.editor.use(name)} onClick={() => choose(command)}>
          {name}
        </Button>
      ))}
    </div>
  );
}

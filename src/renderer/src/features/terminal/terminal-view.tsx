import { useEffect, useRef, type ReactElement } from 'react';
import { RotateCw, Square } from 'lucide-react';
import { useMedia } from '../../lib/use-media';
import { terminalWords } from '../../locales/en/terminal';
import { Button } from '../../ui/button';
import { ErrorBox } from '../../ui/error-box';
import { screenOf, startAgain, type Session } from './sessions';

interface TerminalViewProps {
  readonly session: Session;
  /** Whether the service has a container that runs. */
  readonly isUp: boolean;
  readonly shown: boolean;
}

/** One terminal, and how it ended. */
export function TerminalView({ session, isUp, shown }: TerminalViewProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const dark = useMedia('(prefers-color-scheme: dark)');

  useEffect(() => {
    const element = place.current;
    const screen = screenOf(session.id);
    if (element === null || screen === undefined) return undefined;
    screen.showIn(element);
    const observer = new ResizeObserver(() => screen.fit());
    observer.observe(element);
    return () => observer.disconnect();
  }, [session.id]);

  // Another theme, other colours.
  useEffect(() => {
    screenOf(session.id)?.paint();
  }, [session.id, dark]);

  // Commands take no keys: whoever types the next one while this one begins or ends goes on typing.
  useEffect(() => {
    if (shown && session.kind === 'shell' && session.state !== 'ended') screenOf(session.id)?.focus();
  }, [shown, session.id, session.kind, session.state]);

  return (
    <>
      <div ref={place} className="terminal-place" data-testid="terminal-place" data-state={session.state} />
      <Line session={session} isUp={isUp} />
    </>
  );
}

/** What is to be said beneath the terminal, and the way on. */
function Line({ session, isUp }: { readonly session: Session; readonly isUp: boolean }): ReactElement | null {
  const again = (
    <Button size="small" icon={<RotateCw size={13} />} onClick={() => startAgain(session.id)} data-testid="terminal-again">
      {terminalWords.again}
    </Button>
  );
  if (session.error !== null) return <ErrorBox error={session.error} title={terminalWords.failed} actions={session.kind === 'shell' ? again : undefined} />;
  if (session.state === 'starting') return <Said text={terminalWords.starting} />;
  if (session.kind === 'command') {
    if (session.state === 'ended') return null;
    return (
      <div className="terminal-line">
        <Button size="small" icon={<Square size={12} />} onClick={() => screenOf(session.id)?.interrupt()} data-testid="terminal-interrupt">
          {terminalWords.interrupt}
        </Button>
      </div>
    );
  }
  if (session.state !== 'ended') return null;
  return (
    <div className="terminal-line" role="status" data-testid="terminal-ended">
      <span>{isUp ? terminalWords.ended(session.exitCode ?? 0) : terminalWords.stopped(session.service)}</span>
      {again}
    </div>
  );
}

function Said({ text }: { readonly text: string }): ReactElement {
  return (
    <div className="terminal-line dim" role="status">
      {text}
    </div>
  );
}

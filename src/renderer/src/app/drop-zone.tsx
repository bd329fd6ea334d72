import { useEffect, useRef, useState, type ReactElement } from 'react';
import { FolderOpen } from 'lucide-react';
import { say } from '../locales/say';
import { openDropped } from '../lib/open-folder';
import './drop-zone.css';

/** A folder that is dragged over the window can be dropped anywhere in it. What a drop is, the preload and the main process judge. */
export function DropZone(): ReactElement | null {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  useEffect(() => openDropped(), []);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const onEnter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth.current += 1;
      setOver(true);
    };
    const onOver = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'link';
    };
    const onLeave = (): void => {
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      // Otherwise the window would try to go to the file.
      event.preventDefault();
      depth.current = 0;
      setOver(false);
    };
    const listeners = [['dragenter', onEnter], ['dragover', onOver], ['dragleave', onLeave], ['drop', onDrop]] as const;
    for (const [type, listener] of listeners) window.addEventListener(type, listener);
    return () => {
      for (const [type, listener] of listeners) window.removeEventListener(type, listener);
    };
  }, []);
  if (!over) return null;
  return (
    <div className="drop-zone" data-testid="drop-zone">
      <FolderOpen size={20} aria-hidden="true" />
      {say.app.drop}
    </div>
  );
}

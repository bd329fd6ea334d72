import { useState, type ReactElement } from 'react';
import { storageWords as words } from '../../locales/en/storage';
import { start } from '../../lib/client';
import { runOperation } from '../../lib/run-operation';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { TextRow, typedNumber } from '../../ui/fields';

interface ServerDialogProps {
  readonly projectId: string;
  readonly onClose: () => void;
}

/** Before the console is there: what is known against the image it comes from. */
export function ConsoleDialog({ projectId, notices, onClose }: ServerDialogProps & { readonly notices: readonly string[] }): ReactElement {
  return (
    <ConfirmDialog testId="console-dialog" title={words.server.consoleTitle} confirm={words.server.switchOn} confirmTestId="console-confirm" confirmFirst act={() => start('storage.server', { project: projectId, console: true })} onDone={onClose} onClose={onClose}>
      <p>{words.server.consoleText}</p>
      {notices.map((notice) => (
        <p key={notice} className="storage-amber">
          {notice}
        </p>
      ))}
    </ConfirmDialog>
  );
}

/** The user's own image and ports for the local server. */
export function ServerDialog({ projectId, image: current, onClose }: ServerDialogProps & { readonly image: string | null }): ReactElement {
  const [image, setImage] = useState('');
  const [api, setApi] = useState('');
  const [console, setConsole] = useState('');
  const [apiPort, consolePort] = [typedNumber(api, 1, 65_535), typedNumber(console, 1, 65_535)];
  const input = { project: projectId, ...(image.trim() === '' ? {} : { image: image.trim() }), ...(apiPort === null ? {} : { apiPort }), ...(consolePort === null ? {} : { consolePort }) };
  const fits = (text: string, port: number | null): boolean => text.trim() === '' || port !== null;
  return (
    <ConfirmDialog testId="server-dialog" title={words.server.settingsTitle} lead={words.server.settingsLead} confirm={words.server.save} working={words.server.working} confirmTestId="server-confirm" ready={Object.keys(input).length > 1 && fits(api, apiPort) && fits(console, consolePort)} act={() => runOperation('storage.server', input)} onDone={onClose} onClose={onClose}>
      <div className="form-grid">
        <TextRow first code label={words.server.image} value={image} placeholder={current ?? words.server.noImage} testId="server-image" onChange={setImage} />
        <TextRow label={words.server.apiPort} value={api} placeholder="9000" testId="server-api-port" onChange={setApi} />
        <TextRow label={words.server.consolePort} value={console} placeholder="9001" testId="server-console-port" onChange={setConsole} />
      </div>
    </ConfirmDialog>
  );
}

/** An S3 that is not Berth's, with the keys it wants. */
export function ExternalDialog({ projectId, region: given, onClose }: ServerDialogProps & { readonly region: string }): ReactElement {
  const [endpoint, setEndpoint] = useState('');
  const [region, setRegion] = useState(given);
  const [accessKey, setAccessKey] = useState('');
  const [secretKey, setSecretKey] = useState('');
  const input = { target: 'external' as const, project: projectId, endpoint: endpoint.trim(), region: region.trim(), accessKey: accessKey.trim(), secretKey };
  return (
    <ConfirmDialog testId="external-dialog" title={words.server.externalTitle} lead={words.server.externalLead} confirm={words.server.externalConfirm} working={words.server.working} confirmTestId="external-confirm" ready={[input.endpoint, input.region, input.accessKey, secretKey].every((text) => text !== '')} act={() => runOperation('storage.use', input)} onDone={onClose} onClose={onClose}>
      <div className="form-grid">
        <TextRow first code label={words.server.endpoint} value={endpoint} placeholder="https://s3.eu-central-1.amazonaws.com" testId="external-endpoint" onChange={setEndpoint} />
        <TextRow label={words.server.region} value={region} testId="external-region" onChange={setRegion} />
        <TextRow code label={words.server.accessKey} value={accessKey} testId="external-access-key" onChange={setAccessKey} />
        <TextRow secret label={words.server.secretKey} value={secretKey} testId="external-secret-key" onChange={setSecretKey} />
      </div>
    </ConfirmDialog>
  );
}

/** Back to Berth's own server. */
export function LocalDialog({ projectId, onClose }: ServerDialogProps): ReactElement {
  return (
    <ConfirmDialog testId="local-dialog" title={words.server.localTitle} confirm={words.server.localConfirm} working={words.server.working} confirmTestId="local-confirm" confirmFirst act={() => runOperation('storage.use', { target: 'local', project: projectId })} onDone={onClose} onClose={onClose}>
      <p>{words.server.localText}</p>
    </ConfirmDialog>
  );
}

/** New keys for the server and every project. */
export function RotateDialog({ projectId, onClose }: ServerDialogProps): ReactElement {
  return (
    <ConfirmDialog testId="rotate-dialog" title={words.server.rotateTitle} confirm={words.server.rotateConfirm} working={words.server.working} confirmTestId="rotate-confirm" confirmFirst act={() => runOperation('storage.rotate-credentials', { project: projectId })} onDone={onClose} onClose={onClose}>
      <p>{words.server.rotateText}</p>
    </ConfirmDialog>
  );
}

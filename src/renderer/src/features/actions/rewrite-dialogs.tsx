import { useCallback, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { useAnswer } from '../../lib/use-answer';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import type { ActionProps } from './action-dialog';
import { NumberField, TextRow, typedNumber } from '../../ui/fields';

/** Moves every published port by an offset. */
export function RemapPortsDialog({ project, onClose }: ActionProps): ReactElement {
  const [offset, setOffset] = useState('100');
  const number = typedNumber(offset, -60_000, 60_000);
  const words = say.remap;
  return (
    <ChangeDialog name="compose.remap-ports" input={number === null || number === 0 ? null : { project: project.id, offset: number }} title={words.title} lead={words.lead} apply={words.apply} incomplete={words.incomplete} testId="remap-dialog" onClose={onClose}>
      <div className="form-grid">
        <span className="label">{words.offset}</span>
        <NumberField first label={words.offset} value={offset} unit={number === null || number === 0 ? '' : words.example(8000, 8000 + number)} testId="remap-offset" invalid={number === null} onChange={setOffset} />
      </div>
    </ChangeDialog>
  );
}

/** Renames a network in every file that names it. */
export function RenameNetworkDialog({ project, onClose }: ActionProps): ReactElement {
  const graph = useAnswer(useCallback(() => call('services.graph', { project: project.id, waitSeconds: 0 }), [project.id]));
  const names = graph.value?.networks.map((network) => network.name) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [to, setTo] = useState('');
  const network = chosen ?? names[0] ?? '';
  const words = say.renameNetwork;
  return (
    <ChangeDialog name="compose.rename-network" input={network === '' || to.trim() === '' ? null : { project: project.id, network, to: to.trim() }} title={words.title} lead={words.lead} apply={words.apply} incomplete={words.incomplete} testId="rename-network-dialog" onClose={onClose}>
      <div className="form-grid">
        <span className="label">{words.network}</span>
        <Choice first label={words.network} value={network} options={names} words={{}} testId="rename-network-from" onChange={setChosen} />
        <TextRow label={words.to} value={to} testId="rename-network-to" onChange={setTo} />
      </div>
    </ChangeDialog>
  );
}

/** Gives a network that overlaps another range of addresses, in every file that says its own. */
export function ResubnetDialog({ project, onClose }: ActionProps): ReactElement {
  const graph = useAnswer(useCallback(() => call('services.graph', { project: project.id, waitSeconds: 0 }), [project.id]));
  const networks = graph.value?.networks.filter((network) => !network.external && network.subnets.length > 0) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [to, setTo] = useState('');
  const network = networks.find((one) => one.name === chosen) ?? networks[0];
  const words = say.resubnet;
  return (
    <ChangeDialog name="compose.resubnet" input={network === undefined || to.trim() === '' ? null : { project: project.id, network: network.name, to: to.trim() }} title={words.title} lead={words.lead} apply={words.apply} incomplete={graph.value !== null && network === undefined ? words.none : words.incomplete} testId="resubnet-dialog" onClose={onClose}>
      <div className="form-grid">
        <span className="label">{words.network}</span>
        <Choice first label={words.network} value={network?.name ?? ''} options={networks.map((one) => one.name)} words={Object.fromEntries(networks.map((one) => [one.name, `${one.name}, ${words.now(one.subnets)}`]))} testId="resubnet-network" onChange={setChosen} />
        <TextRow code label={words.to} value={to} placeholder={network?.subnets[0] ?? '10.20.0.0/24'} testId="resubnet-to" onChange={setTo} />
      </div>
    </ChangeDialog>
  );
}

/** After folders were moved: rewrites every path that pointed to the old place. */
export function RelocateDialog({ project, onClose }: ActionProps): ReactElement {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const words = say.relocate;
  return (
    <ChangeDialog name="compose.relocate" input={from.trim() === '' || to.trim() === '' ? null : { project: project.id, from: from.trim(), to: to.trim() }} title={words.title} lead={words.lead} apply={words.apply} incomplete={words.incomplete} testId="relocate-dialog" onClose={onClose}>
      <div className="form-grid">
        <TextRow first code label={words.from} value={from} placeholder="./api" testId="relocate-from" onChange={setFrom} />
        <TextRow code label={words.to} value={to} placeholder="./services/api" testId="relocate-to" onChange={setTo} />
      </div>
    </ChangeDialog>
  );
}

/** Writes the scripts into a folder of the project. */
export function ScriptsDialog({ project, onClose }: ActionProps): ReactElement {
  const [dir, setDir] = useState('scripts');
  const words = say.scripts;
  return (
    <ChangeDialog name="scripts.install" input={dir.trim() === '' ? null : { project: project.id, dir: dir.trim() }} title={words.title} lead={words.lead} apply={words.apply} incomplete={words.incomplete} testId="scripts-dialog" onClose={onClose}>
      <div className="form-grid">
        <TextRow first code label={words.dir} value={dir} testId="scripts-dir" onChange={setDir} />
      </div>
    </ChangeDialog>
  );
}

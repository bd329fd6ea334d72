import type { ComposeService } from '@shared/domain/compose/model';
import type { ObservedContainer, ObservedMount, ObservedNetwork } from '@shared/domain/engine/observed';
import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import type { SwitchInput } from '@shared/domain/modes/switch-input';
import { container } from './world';

/** The container a create or recreate step leaves behind. */
export function makesNew(given: SwitchInput, step: ContainerStep, definition: ComposeService, imageId: string, networks: readonly ObservedNetwork[], serial: number): ObservedContainer {
  const { compose } = given;
  return container(step.service, {
    id: serial.toString(16).padStart(64, '0'),
    number: step.number,
    name: step.finalName,
    configHash: compose.hashes[step.service]?.v5 ?? '',
    configFiles: compose.files,
    imageId,
    createdAt: `2026-02-01T00:00:${String(serial % 60).padStart(2, '0')}Z`,
    labels: { 'com.docker.compose.image': imageId },
    networks: Object.keys(definition.networks ?? {}).map((key) => {
      const network = networks.find((one) => one.name === compose.model.networks[key]?.name);
      return { name: network?.name ?? '', networkId: network?.id ?? '', aliases: [], ipAddress: '' };
    }),
    mounts: [
      ...(definition.volumes ?? []).flatMap((mount): readonly ObservedMount[] =>
        mount.type === 'volume' && mount.source !== undefined
          ? [{ type: 'volume', source: compose.model.volumes[mount.source]?.name ?? '', target: mount.target, readOnly: false }]
          : mount.type === 'bind'
            ? [{ type: 'bind', source: mount.source ?? '', target: mount.target, readOnly: mount.read_only === true }]
            : [],
      ),
      ...step.inherited.map((one) => ({ type: 'volume' as const, source: one.volume, target: one.target, readOnly: false })),
    ],
    requestedPorts: (definition.ports ?? []).flatMap((port) => (port.published === undefined ? [] : [{ hostIp: '', hostPort: Number(port.published), containerPort: port.target, protocol: port.protocol }])),
  });
}

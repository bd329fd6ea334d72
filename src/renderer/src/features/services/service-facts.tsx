import type { ReactElement } from 'react';
import { FolderOpen } from 'lucide-react';
import { say } from '../../locales/say';
import { appWindow } from '../../lib/client';
import { fileName, inProject, mebibytes } from '../../lib/format';
import type { Project, Service, WatchedMount } from '../../lib/model';
import { showInEditor } from '../../lib/show-in-editor';
import { useStore } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import type { Answer } from '../../lib/use-answer';
import { servicesWords } from '../../locales/en/services';
import { Button, IconButton } from '../../ui/button';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { PortLinks } from './port-links';
import type { ServiceDetail } from './use-service-detail';

const NONE: readonly WatchedMount[] = [];
const { labels } = servicesWords;

/** What is known of a service: first why it is unwell, then what it is made of and where it is. */
export function ServiceFacts({ project, service, answer }: { readonly project: Project; readonly service: Service; readonly answer: Answer<ServiceDetail> }): ReactElement {
  const detail = answer.value;
  return (
    <div className="drawer-facts scroll" data-testid="service-facts" tabIndex={0} role="region" aria-label={say.detail.details}>
      {answer.error !== null && <ErrorBox error={answer.error} title={servicesWords.failed} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {detail?.health != null && <Health health={detail.health} isUnwell={service.health === 'unhealthy' || detail.health.failingStreak > 0} />}
      <dl>
        {detail?.containers.map((one) => one.error !== '' && <Fact key={one.id} label={labels.error} text={one.error} />)}
        <dt>{say.detail.image}</dt>
        <dd>
          <ImageFacts service={service} image={detail?.image ?? null} />
        </dd>
        {detail?.build != null && <Build project={project} build={detail.build} />}
        <dt>{say.detail.mode}</dt>
        <dd>{service.mode ?? say.detail.none}</dd>
        <dt>{say.detail.started}</dt>
        <dd>{service.startedAt === null ? say.detail.none : <Ago at={service.startedAt} />}</dd>
        {detail !== null && <Ends detail={detail} restarts={service.restarts} />}
        <dt>{say.detail.ports}</dt>
        <dd>
          <PortLinks ports={service.ports} long />
        </dd>
        {detail?.limits != null && <Fact label={labels.limits} text={limitsText(detail.limits)} />}
        <dt>{say.detail.containers}</dt>
        <dd className="mono">
          {service.containerIds.length === 0 ? say.detail.none : service.containerIds.map((id) => <div key={id} title={id}>{detail?.containers.find((one) => one.id === id)?.name ?? id.slice(0, 12)}</div>)}
        </dd>
        {detail?.containers[0] !== undefined && detail.containers[0].command.length > 0 && <Fact label={labels.command} text={detail.containers[0].command.join(' ')} mono />}
        <dt>{say.detail.mounts}</dt>
        <dd>
          <Mounts project={project} service={service} detail={detail} />
        </dd>
        {detail !== null && detail.networks.length > 0 && (
          <>
            <dt>{labels.networks}</dt>
            <dd>
              {detail.networks.map((one) => (
                <div key={`${one.container} ${one.name}`} title={one.aliases.join(', ')}>
                  {one.name} <code className="faint">{[one.ipAddress, one.ipv6Address].filter((address) => address !== '').join(' ')}</code>
                </div>
              ))}
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

function Fact({ label, text, mono = false }: { readonly label: string; readonly text: string; readonly mono?: boolean }): ReactElement {
  return (
    <>
      <dt>{label}</dt>
      <dd className={mono ? 'mono' : undefined}>{text}</dd>
    </>
  );
}

/** What its check said last, newest first. What a stranger's program wrote is text. */
function Health({ health, isUnwell }: { readonly health: NonNullable<ServiceDetail['health']>; readonly isUnwell: boolean }): ReactElement {
  return (
    <section className="health-looks" data-bad={isUnwell} data-testid="service-health">
      <h3>
        <StateMark mark={isUnwell ? 'bad' : health.probes.length === 0 ? 'busy' : 'good'} /> {isUnwell ? servicesWords.why(Math.max(1, health.failingStreak)) : health.probes.length === 0 ? servicesWords.checkNone : servicesWords.checkFine}
      </h3>
      <code className="health-check">{health.check.join(' ')}</code>
      {health.probes.length > 0 && (
        <details open={isUnwell}>
          <summary>{servicesWords.checkLooks(health.probes.length)}</summary>
          <ol>
            {health.probes.map((one) => (
              <li key={one.at}>
                <span className="dim">
                  <Ago at={one.at} /> · {servicesWords.probe(one.exitCode, one.tookMs)}
                </span>
                <pre>{one.output === '' ? servicesWords.noOutput : one.output}</pre>
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}

function ImageFacts({ service, image }: { readonly service: Service; readonly image: ServiceDetail['image'] }): ReactElement {
  if (image === null) return <span className="mono">{service.image === '' ? say.detail.none : service.image}</span>;
  return (
    <>
      <div className="mono">{image.reference}</div>
      <div className="faint" title={image.id}>
        {servicesWords.imageFacts(image.id.replace('sha256:', '').slice(0, 12), image.sizeBytes === null ? '' : mebibytes(image.sizeBytes), image.platform)}
        {image.createdAt !== null && (
          <>
            {' · '}
            {servicesWords.made} <Ago at={image.createdAt} />
          </>
        )}
      </div>
    </>
  );
}

function Build({ project, build }: { readonly project: Project; readonly build: NonNullable<ServiceDetail['build']> }): ReactElement {
  const where = build.where;
  return (
    <>
      <dt>{labels.build}</dt>
      <dd>
        <code>{inProject(build.context, project.dir)}</code>
        <div className="faint">{servicesWords.buildFacts(build.dockerfile, build.target, build.args)}</div>
        {where !== undefined && (
          <button type="button" className="link-button" onClick={() => void showInEditor(project.id, where)} title={servicesWords.editPlace(fileName(where.file))}>
            {say.findings.line(fileName(where.file), where.line)}
          </button>
        )}
      </dd>
    </>
  );
}

function Ends({ detail, restarts }: { readonly detail: ServiceDetail; readonly restarts: number }): ReactElement | null {
  const first = detail.containers[0];
  if (first === undefined) return null;
  const over = first.exitCode === null ? null : [servicesWords.ended(first.exitCode), ...(first.outOfMemory ? [servicesWords.outOfMemory] : [])].join(', ');
  return (
    <>
      {over !== null && (
        <>
          <dt>{labels.exit}</dt>
          <dd>
            {over}
            {first.finishedAt !== null && (
              <>
                {' · '}
                <Ago at={first.finishedAt} />
              </>
            )}
          </dd>
        </>
      )}
      <Fact label={labels.restart} text={servicesWords.restarts(restarts, first.restartPolicy)} />
      {first.user !== '' && <Fact label={labels.user} text={first.user} />}
    </>
  );
}

function limitsText(limits: NonNullable<ServiceDetail['limits']>): string {
  const parts = [
    limits.cpus === null ? '' : servicesWords.cpus(limits.cpus),
    limits.memoryBytes === null ? '' : servicesWords.memoryAtMost(mebibytes(limits.memoryBytes)),
    limits.reservedMemoryBytes === null ? '' : servicesWords.memoryReserved(mebibytes(limits.reservedMemoryBytes)),
    limits.processes === null ? '' : servicesWords.processes(limits.processes),
  ].filter((one) => one !== '');
  return parts.length === 0 ? servicesWords.noLimits : parts.join(' · ');
}

function Mounts({ project, service, detail }: { readonly project: Project; readonly service: Service; readonly detail: ServiceDetail | null }): ReactElement {
  const watched = useStore((state) => state.model.mounts[project.id] ?? NONE);
  if (service.mounts.length === 0) return <>{say.detail.none}</>;
  return (
    <>
      {service.mounts.map((mount) => {
        const shown = mount.type === 'bind' ? inProject(mount.source, project.dir) : /^[0-9a-f]{64}$/.test(mount.source) ? mount.source.slice(0, 12) : mount.source;
        const sizeBytes = detail?.mounts.find((one) => one.target === mount.target)?.sizeBytes ?? null;
        return (
          <div key={mount.target} className="mount">
            <code>{shown}</code>
            <span className="faint"> → </span>
            <code>{mount.target}</code>
            <span className="faint">
              {' '}
              {mount.type}
              {mount.readOnly && `, ${say.detail.readOnly}`}
              {sizeBytes !== null && `, ${mebibytes(sizeBytes)}`}
            </span>
            {mount.type === 'bind' && (
              <IconButton className="mount-open" label={servicesWords.openFolder(shown)} onClick={() => void attempt(() => appWindow.showMount(project.id, service.name, mount.source))}>
                <FolderOpen size={13} />
              </IconButton>
            )}
            <MountState watched={watched.find((one) => one.source === mount.source && one.services.some((user) => user.service === service.name))} />
          </div>
        );
      })}
    </>
  );
}

/** What the monitor says of a bind source; nothing where it is not watched. */
function MountState({ watched }: { readonly watched: WatchedMount | undefined }): ReactElement | null {
  if (watched === undefined) return null;
  const ok = watched.state === 'ok';
  return (
    <div className="mount-state" data-state={watched.state} title={ok ? undefined : watched.message}>
      <StateMark mark={ok ? 'good' : 'bad'} />
      <span className={ok ? 'dim' : undefined}>{ok ? say.detail.mountStates.ok : `${say.detail.mountStates[watched.state]}: ${watched.message}`}</span>
    </div>
  );
}

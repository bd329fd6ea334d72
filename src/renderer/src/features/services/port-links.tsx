import type { ReactElement } from 'react';
import { say } from '../../locales/say';
import type { Service } from '../../lib/model';

/** Published ports as links to this machine. The same port on IPv4 and IPv6 is one link. */
export function PortLinks({ ports, long = false }: { readonly ports: Service['ports']; readonly long?: boolean }): ReactElement {
  const published = [...new Map(ports.filter((port) => port.hostPort > 0).map((port) => [`${port.hostPort}/${port.protocol}`, port])).values()].sort((a, b) => a.hostPort - b.hostPort);
  if (published.length === 0) return <span className="faint">–</span>;
  return (
    <span className={long ? 'port-links port-links-long' : 'port-links'}>
      {published.map((port) => {
        const text = long ? `${port.hostPort} → ${port.containerPort}/${port.protocol}` : `${port.hostPort}`;
        const url = `http://localhost:${port.hostPort}/`;
        return port.protocol === 'tcp' ? (
          <a key={text} href={url} target="_blank" rel="noreferrer" title={say.services.openPort(url)}>
            {text}
          </a>
        ) : (
          <span key={text}>{long ? text : `${text}/${port.protocol}`}</span>
        );
      })}
    </span>
  );
}

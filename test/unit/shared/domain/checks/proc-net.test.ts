import { describe, expect, it } from 'vitest';
import { parseProcNet } from '@shared/domain/checks/proc-net';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, state: string, inode = '12345') => `   0: ${local} ${local.length > 13 ? '0'.repeat(32) : '00000000'}:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;

describe('/proc/net', () => {
  it('reads listening sockets of both families', () => {
    expect(parseProcNet(HEAD + line('0100007F:1F41', '0A') + line('00000000:0050', '0A', '7') + line('0100007F:9999', '01'), 'tcp')).toEqual([
      { protocol: 'tcp', address: '127.0.0.1', port: 8001, inode: '12345' },
      { protocol: 'tcp', address: '0.0.0.0', port: 80, inode: '7' },
    ]);
    const six = ['00000000000000000000000000000000', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F', '000080FE000000000000000001000000', 'B80D0120000000000000000000000000'];
    expect(parseProcNet(six.map((address) => line(`${address}:0050`, '0A')).join(''), 'tcp').map((one) => one.address)).toEqual(['::', '::1', '::ffff:127.0.0.1', 'fe80::1', '2001:db8::']);
  });
  it('udp sockets that wait for anybody', () => {
    expect(parseProcNet(line('00000000:0035', '07') + line('00000000:0036', '01'), 'udp')).toMatchObject([{ protocol: 'udp', port: 53 }]);
  });
  it('leaves out what it cannot read', () => expect(parseProcNet('garbage\n\n 0: zz:00 0A', 'tcp')).toEqual([]));
});

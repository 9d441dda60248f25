/** Where a worker's HTTP is reached: host:port, IPv6 addresses in brackets. */

export const LOOPBACK = '127.0.0.1';

/** Whoever listens on every address is reached on loopback by others of this machine. */
const ON_THIS_MACHINE: Readonly<Record<string, string>> = { '0.0.0.0': LOOPBACK, '::': '::1' };

export const addressOf = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** @param host on which it listens */
export const addressHere = (host: string, port: number): string => addressOf(ON_THIS_MACHINE[host] ?? host, port);

/** What other workers are told. @param advertised host or host:port, as set; null: where it listens */
export function addressForOthers(advertised: string | null, host: string, port: number): string {
  if (advertised === null) return addressOf(host, port);
  return /:\d+$/.test(advertised.replace(/^\[.*\]/, '')) ? advertised : `${advertised}:${port}`;
}

import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/**
 * Takes from this process what Node's permission model leaves it: sockets (those in the file system too, which no network
 * namespace stops), look-ups of names, and signals to other processes. Where the system gives namespaces, they hold as well;
 * where it does not, this is all there is, and the plugin's page says so.
 */
export function refuseSockets(): void {
  const refused = (): never => {
    throw Object.assign(new Error('A plugin reaches the network through HttpClient only.'), { code: 'ERR_ACCESS_DENIED' });
  };
  fix(net.Socket.prototype, ['connect'], refused);
  // What lies below `listen` is reachable as well, and binds sockets of the file system anywhere.
  fix(net.Server.prototype, ['listen', '_listen2'], refused);
  fix(net, ['_createServerHandle'], refused);
  fix(dgram, ['_createSocketHandle'], refused);
  fix(dgram.Socket.prototype, ['bind', 'send', 'connect'], refused);
  for (const target of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    const names = Object.getOwnPropertyNames(target).filter((name) => /^(lookup|resolve|reverse)/.test(name));
    fix(target, names, refused);
  }
  fix(process, ['kill', '_kill', '_debugProcess', '_debugEnd'], () => {
    throw Object.assign(new Error('A plugin sends no signals.'), { code: 'ERR_ACCESS_DENIED' });
  });
  syncBuiltinESMExports();
}

function fix(target: object, names: readonly string[], value: () => never): void {
  for (const name of names)
    if (Reflect.has(target, name)) Object.defineProperty(target, name, { value, writable: false, configurable: false, enumerable: true });
}

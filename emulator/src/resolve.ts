/**
 * Preloaded (`node --require rds-iam-emulator/resolve`), it lets a program that is written for RDS run unchanged: the emulated name
 * means this machine, its connections to the engine's default port go to the emulator, and the emulator's root certificate is trusted
 * beside those that the program names. Other names stay as they are. `RDS_IAM_EMULATOR_RESOLVE` (`hostname:defaultPort=port`) and
 * `DB_CA_FILE` say what is emulated.
 */
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';

const LOOPBACK = '127.0.0.1';

type AnyFunction = (...args: unknown[]) => unknown;

interface Emulated {
  readonly hostname: string;
  readonly defaultPort: number;
  readonly port: number;
}

const withoutDot = (name: string) => name.toLowerCase().replace(/\.$/, '');

const isHost = (host: unknown, { hostname }: Emulated) =>
  typeof host === 'string' && withoutDot(host) === withoutDot(hostname);

/** Puts another function in the place of an object's own one. */
function replace<Name extends string>(
  target: Record<Name, unknown>,
  name: Name,
  wrap: (original: AnyFunction) => AnyFunction,
): void {
  // Only functions of Node.js are named here.
  target[name] = wrap(target[name] as AnyFunction);
}

function answerLookups(emulated: Emulated): void {
  const wrap = (original: AnyFunction): AnyFunction =>
    function lookup(this: unknown, host, ...rest) {
      return original.call(this, isHost(host, emulated) ? LOOPBACK : host, ...rest);
    };
  replace(dns, 'lookup', wrap);
  replace(dns.promises, 'lookup', wrap);
}

/** The options of a connection with the emulator's port, where they have the default one. */
function routed(options: unknown, emulated: Emulated): unknown {
  if (typeof options !== 'object' || options === null) return options;
  const host: unknown = Reflect.get(options, 'host');
  const port: unknown = Reflect.get(options, 'port');
  return isHost(host, emulated) && Number(port) === emulated.defaultPort
    ? { ...options, port: emulated.port }
    : options;
}

function routeDefaultPort(emulated: Emulated): void {
  replace(
    net.Socket.prototype,
    'connect',
    (original) =>
      function connect(this: unknown, ...args) {
        const [first, host] = args;
        if (typeof first === 'number' || typeof first === 'string') {
          const isDefault = Number(first) === emulated.defaultPort && isHost(host, emulated);
          return original.call(this, isDefault ? emulated.port : first, ...args.slice(1));
        }
        // From net.connect() the arguments come as one array, which Node.js has marked and made for this call.
        if (Array.isArray(first)) first[0] = routed(first[0], emulated);
        else args[0] = routed(first, emulated);
        return original.apply(this, args);
      },
  );
}

function trust(caPem: string): void {
  const { createSecureContext } = tls;
  tls.createSecureContext = (options) => {
    const secureContext = createSecureContext(options);
    // A list in `ca` would take the place of Node's own roots, so the certificate is added behind it.
    const native: unknown = Reflect.get(secureContext, 'context');
    if (typeof native === 'object' && native !== null) {
      const add: unknown = Reflect.get(native, 'addCACert');
      if (typeof add === 'function') Reflect.apply(add, native, [caPem]);
    }
    return secureContext;
  };
}

function emulatedOf(text: string): Emulated | undefined {
  const [, hostname, defaultPort, port] = /^([^:=]+):(\d+)=(\d+)$/.exec(text) ?? [];
  return hostname === undefined
    ? undefined
    : { hostname, defaultPort: Number(defaultPort), port: Number(port) };
}

/** Undefined when the emulator has ended meanwhile. */
function readCa(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const emulated = emulatedOf(process.env['RDS_IAM_EMULATOR_RESOLVE'] ?? '');
if (emulated) {
  answerLookups(emulated);
  routeDefaultPort(emulated);
  const caPem = readCa(process.env['DB_CA_FILE']);
  if (caPem !== undefined) trust(caPem);
  syncBuiltinESMExports();
}

import { IamAuthError, refuse } from '../errors';
import { net } from '../node-builtins';
import { DOMAIN_PATTERN } from './partitions';

/** What an authentication token is signed for, in the words of the AWS SDK's `SignerConfig`. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly region: string;
}

/** Where Sequelize connects, and as whom. */
export type ConnectTarget = Omit<Endpoint, 'region'>;

/** The parts of an endpoint that differ from the connect target. The username cannot: RDS accepts no token for another user. */
export interface EndpointOverride {
  hostname?: string | undefined;
  port?: number | undefined;
  region?: string | undefined;
}

/** The options that say what to sign for. */
interface EndpointOptions {
  readonly region?: string | undefined;
  readonly endpoint?: EndpointOverride | ((target: ConnectTarget) => EndpointOverride) | undefined;
}

/** Regions are recognized by their form, never by a list. */
const REGION = '[a-z]{2,5}(?:-[a-z]+)+-\\d{1,2}';
const RDS_NAME = new RegExp(`\\.(?:(${REGION})\\.rds|rds\\.(${REGION}))\\.(?:${DOMAIN_PATTERN})$`);
const GLOBAL_RDS_NAME = new RegExp(`\\.global-[a-z0-9]+\\.global\\.rds\\.(?:${DOMAIN_PATTERN})$`);
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** What to sign for; the region may still be for the AWS SDK's configuration to say. */
export type SigningTarget = Omit<Endpoint, 'region'> & { readonly region: string | undefined };

/** The Region in an RDS host name: instance, cluster, reader, custom and proxy endpoints of any partition. */
export function parseRegion(hostname: string): string | undefined {
  const match = RDS_NAME.exec(hostname.toLowerCase());
  return match?.[1] ?? match?.[2];
}

/** Whether RDS gave this name: an endpoint of any kind, a global one included. */
export function isRdsName(hostname: string): boolean {
  return parseRegion(hostname) !== undefined || GLOBAL_RDS_NAME.test(hostname.toLowerCase());
}

/** `user@hostname:port`, for messages. */
export function describeEndpoint({ username, hostname, port }: ConnectTarget): string {
  return `${username}@${hostname}:${port}`;
}

/**
 * What to sign for when Sequelize connects to `connectTarget`.
 * Throws `IamAuthError` when the host name is malformed or cannot be signed for, or a region option contradicts it.
 */
export function signingTarget(
  connectTarget: ConnectTarget,
  options: EndpointOptions,
  defaultPort: number,
): SigningTarget {
  const override =
    typeof options.endpoint === 'function'
      ? options.endpoint(connectTarget)
      : (options.endpoint ?? {});
  const hostname = (override.hostname ?? connectTarget.hostname).toLowerCase();
  const target = {
    hostname,
    port: override.port ?? (isTunnel(connectTarget, hostname) ? defaultPort : connectTarget.port),
    username: connectTarget.username,
  };
  const named = override.region ?? options.region;
  checkHostname(hostname, override.hostname === undefined ? 'host' : 'iamAuth.endpoint.hostname');

  const parsed = parseRegion(hostname);
  if (parsed !== undefined) {
    if (named !== undefined && named !== parsed) {
      throw new IamAuthError(
        'ERR_IAM_AUTH_REGION',
        `The region option says ${named}, but ${hostname} is in ${parsed}`,
        { fix: 'remove the region option', endpoint: describeEndpoint(target) },
      );
    }
    return { ...target, region: parsed };
  }
  const explicit = named !== undefined || override.hostname !== undefined;
  if (!explicit && !isRdsName(hostname)) {
    throw new IamAuthError(
      'ERR_IAM_AUTH_ENDPOINT',
      `host ${hostname} is not an RDS endpoint name, so no region can be told from it, and RDS accepts only tokens signed for ` +
        `its own endpoint names`,
      {
        fix: "connect to the endpoint's name, or keep host (a custom name, a tunnel) and set iamAuth.endpoint.hostname to it",
        endpoint: describeEndpoint(target),
      },
    );
  }
  return { ...target, region: named };
}

function isTunnel(connectTarget: ConnectTarget, hostname: string): boolean {
  return connectTarget.hostname.toLowerCase() !== hostname && isLoopback(connectTarget.hostname);
}

/** Whether the name is of this machine, on which only a tunnel can lead to RDS. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function checkHostname(hostname: string, option: string): void {
  if (net().isIP(hostname) !== 0) {
    refuse(
      'ERR_IAM_AUTH_ENDPOINT',
      `${option} ${hostname} is an address, and RDS accepts only tokens signed for an endpoint name`,
      "set iamAuth.endpoint.hostname to the RDS endpoint's name",
    );
  }
  if (!HOST_NAME.test(hostname)) {
    refuse(
      'ERR_IAM_AUTH_ENDPOINT',
      `${option} ${JSON.stringify(hostname)} is not a host name`,
      'give the name alone, without scheme, port or path',
    );
  }
}

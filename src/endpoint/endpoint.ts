import { refuse } from '../errors';
import { net } from '../node-builtins';
import { DOMAIN_PATTERN } from './partitions';
import { ownCopy, quoted } from '../untrusted';

/** The endpoint that an authentication token is signed for, with the names of the AWS SDK's `SignerConfig`. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly region: string;
}

/** The host and port that Sequelize connects to, and the user it logs in as. */
export type ConnectTarget = Omit<Endpoint, 'region'>;

/**
 * The parts of the RDS endpoint that differ from the connect target. The username cannot differ: RDS accepts no token for another user.
 *
 * @example
 * { hostname: 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com', port: 3306 }
 */
export interface EndpointOverride {
  hostname?: string | undefined;
  port?: number | undefined;
  region?: string | undefined;
}

/** The options that determine the endpoint. */
interface EndpointOptions {
  readonly region?: string | undefined;
  readonly endpoint?: EndpointOverride | ((target: ConnectTarget) => EndpointOverride) | undefined;
}

/** Matches any name in the form of a Region, so that new Regions need no update. */
const REGION = '[a-z]{2,5}(?:-[a-z]+)+-\\d{1,2}';
/** What a token's signature can name, in any partition. */
const REGION_NAME = /^[a-z0-9-]{1,64}$/;
const RDS_NAME = new RegExp(`\\.(?:(${REGION})\\.rds|rds\\.(${REGION}))\\.(?:${DOMAIN_PATTERN})$`);
const GLOBAL_RDS_NAME = new RegExp(`\\.global-[a-z0-9]+\\.global\\.rds\\.(?:${DOMAIN_PATTERN})$`);
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/** An endpoint whose Region, if `undefined`, the AWS SDK's configuration supplies. */
export type SigningTarget = Omit<Endpoint, 'region'> & { readonly region: string | undefined };

/** The Region in an RDS host name. Covers instance, cluster, reader, custom and proxy endpoints of every partition. */
export function parseRegion(hostname: string): string | undefined {
  const match = RDS_NAME.exec(hostname.toLowerCase());
  return match?.[1] ?? match?.[2];
}

/** Throws `ERR_IAM_AUTH_REGION` for what cannot be a Region's name. */
export function checkRegion(region: string): void {
  if (REGION_NAME.test(region)) return;
  refuse(
    'ERR_IAM_AUTH_REGION',
    `The region ${quoted(region)} is not the name of a Region`,
    "set iamAuth.region (or AWS_REGION) to the database's region, such as eu-west-1",
  );
}

/** Whether a name is an RDS endpoint of any kind, global ones included. */
export function isRdsName(hostname: string): boolean {
  return parseRegion(hostname) !== undefined || GLOBAL_RDS_NAME.test(hostname.toLowerCase());
}

/** `user@hostname:port`, for messages. */
export function describeEndpoint({ username, hostname, port }: ConnectTarget): string {
  return `${username}@${hostname}:${port}`;
}

/**
 * The endpoint to sign for when Sequelize connects to `connectTarget`.
 * Throws `IamAuthError` if the host name is malformed or not an RDS endpoint name, or a `region` option contradicts it.
 */
export function signingTarget(
  connectTarget: ConnectTarget,
  options: EndpointOptions,
  defaultPort: number,
): SigningTarget {
  const override = ownCopy(
    typeof options.endpoint === 'function'
      ? options.endpoint(connectTarget)
      : (options.endpoint ?? {}),
  );
  const givenName = override.hostname ?? connectTarget.hostname;
  checkHostname(givenName, override.hostname === undefined ? 'host' : 'iamAuth.endpoint.hostname');
  const hostname = givenName.toLowerCase();
  const target = {
    hostname,
    port: override.port ?? (isTunnel(connectTarget, hostname) ? defaultPort : connectTarget.port),
    username: connectTarget.username,
  };
  const named = override.region ?? options.region;
  if (named !== undefined) checkRegion(named);

  const parsed = parseRegion(hostname);
  if (parsed !== undefined) {
    if (named !== undefined && named !== parsed) {
      refuse(
        'ERR_IAM_AUTH_REGION',
        `The region option is ${named}, but ${hostname} is in ${parsed}`,
        'remove the region option',
        { endpoint: describeEndpoint(target) },
      );
    }
    return { ...target, region: parsed };
  }
  const isExplicit = named !== undefined || override.hostname !== undefined;
  if (!isExplicit && !isRdsName(hostname)) {
    refuse(
      'ERR_IAM_AUTH_ENDPOINT',
      `host ${hostname} is not an RDS endpoint name, so it contains no region, and RDS accepts only tokens signed for its own names`,
      "connect to the endpoint's name, or keep host (a custom name, a tunnel) and set iamAuth.endpoint.hostname to that name",
      { endpoint: describeEndpoint(target) },
    );
  }
  return { ...target, region: named };
}

function isTunnel(connectTarget: ConnectTarget, hostname: string): boolean {
  return connectTarget.hostname.toLowerCase() !== hostname && isLoopback(connectTarget.hostname);
}

/** Whether a name is a loopback address, from which only a tunnel leads to RDS. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function checkHostname(hostname: string, option: string): void {
  if (net().isIP(hostname) !== 0) {
    refuse(
      'ERR_IAM_AUTH_ENDPOINT',
      `${option} ${hostname} is an IP address, and RDS accepts only tokens signed for an endpoint name`,
      "set iamAuth.endpoint.hostname to the RDS endpoint's name",
    );
  }
  if (!HOST_NAME.test(hostname)) {
    refuse(
      'ERR_IAM_AUTH_ENDPOINT',
      `${option} ${quoted(hostname)} is not a host name`,
      'set it to the name alone, without scheme, port or path',
    );
  }
}

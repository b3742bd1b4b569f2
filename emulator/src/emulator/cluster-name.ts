import { UsageError } from '../usage-error';

/** The name under which an endpoint is known, and the Region that signs for it. */
export interface ClusterName {
  readonly hostname: string;
  readonly region: string;
}

const DEFAULT_REGION = 'eu-west-1';

const REGION_OF_NAME = /\.([a-z]{2}(?:-[a-z]+)+-\d+)\.rds\.amazonaws\.com(?:\.cn)?$/i;

const clusterIn = (region: string) =>
  `mydb.cluster-abcdefghijkl.${region}.rds.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/**
 * Completes what is given: the name of a cluster in the Region, the Region that is in the name.
 *
 * @throws {UsageError} when the two contradict each other.
 */
export function clusterName(given: Partial<ClusterName>): ClusterName {
  const { hostname, region } = given;
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region))
    throw new UsageError(`region ${region} is no Region: write one such as ${DEFAULT_REGION}`);
  if (hostname === undefined) {
    const inRegion = region ?? DEFAULT_REGION;
    return { hostname: clusterIn(inRegion), region: inRegion };
  }
  if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/i.test(hostname))
    throw new UsageError(
      `hostname ${hostname} is no host name: write one without scheme, port and path, such as ${clusterIn(DEFAULT_REGION)}`,
    );
  const named = REGION_OF_NAME.exec(hostname)?.[1]?.toLowerCase();
  if (named !== undefined && region !== undefined && named !== region)
    throw new UsageError(
      `region ${region} is not the Region of hostname ${hostname}: leave region away`,
    );
  return { hostname, region: named ?? region ?? DEFAULT_REGION };
}

/** The AWS partitions by the Regions they hold, with the domain of their APIs. The last one is for all that is not special. */
const PARTITIONS = [
  { region: /^us-gov-/, partition: 'aws-us-gov', domain: 'amazonaws.com' },
  { region: /^cn-/, partition: 'aws-cn', domain: 'amazonaws.com.cn' },
  { region: /^eusc-/, partition: 'aws-eusc', domain: 'amazonaws.eu' },
  { region: /^us-iso-/, partition: 'aws-iso', domain: 'c2s.ic.gov' },
  { region: /^us-isob-/, partition: 'aws-iso-b', domain: 'sc2s.sgov.gov' },
  { region: /^eu-isoe-/, partition: 'aws-iso-e', domain: 'cloud.adc-e.uk' },
  { region: /^us-isof-/, partition: 'aws-iso-f', domain: 'csp.hci.ic.gov' },
  { region: /^/, partition: 'aws', domain: 'amazonaws.com' },
] as const;

/** The partition of a Region: the second part of its ARNs, and the domain of its APIs. */
export function partitionOf(region: string): {
  readonly partition: string;
  readonly domain: string;
} {
  return PARTITIONS.find((entry) => entry.region.test(region)) ?? PARTITIONS[7];
}

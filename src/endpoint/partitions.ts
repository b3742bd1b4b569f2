interface Partition {
  /** Its name in ARNs. */
  readonly name: string;
  /** The prefix of its Regions. */
  readonly prefix: string;
  /** The domain of its APIs and RDS endpoints. */
  readonly domain: string;
  /** Where AWS publishes its RDS roots: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html. */
  readonly trustStore: string;
}

const TRUST_STORE = 'https://truststore.pki.rds.amazonaws.com/';

const STANDARD: Partition = {
  name: 'aws',
  prefix: '',
  domain: 'amazonaws.com',
  trustStore: TRUST_STORE,
};

/** AWS's partitions. The first matching prefix wins, so the standard partition, which matches every Region, comes last. */
const PARTITIONS: readonly Partition[] = [
  {
    name: 'aws-us-gov',
    prefix: 'us-gov-',
    domain: 'amazonaws.com',
    trustStore: 'https://truststore.pki.us-gov-west-1.rds.amazonaws.com/',
  },
  {
    name: 'aws-cn',
    prefix: 'cn-',
    domain: 'amazonaws.com.cn',
    trustStore: 'https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem',
  },
  // The European Sovereign Cloud and the four isolated partitions.
  { name: 'aws-eusc', prefix: 'eusc-', domain: 'amazonaws.eu', trustStore: TRUST_STORE },
  { name: 'aws-iso', prefix: 'us-iso-', domain: 'c2s.ic.gov', trustStore: TRUST_STORE },
  { name: 'aws-iso-b', prefix: 'us-isob-', domain: 'sc2s.sgov.gov', trustStore: TRUST_STORE },
  { name: 'aws-iso-e', prefix: 'eu-isoe-', domain: 'cloud.adc-e.uk', trustStore: TRUST_STORE },
  { name: 'aws-iso-f', prefix: 'us-isof-', domain: 'csp.hci.ic.gov', trustStore: TRUST_STORE },
  STANDARD,
];

/** The partition of a Region. */
export function partitionOf(region: string): Partition {
  return PARTITIONS.find(({ prefix }) => region.startsWith(prefix)) ?? STANDARD;
}

/** Matches the domains of all partitions: the source of a regular expression. */
export const DOMAIN_PATTERN = [...new Set(PARTITIONS.map(({ domain }) => domain))]
  .map((domain) => domain.replaceAll('.', '\\.'))
  .join('|');

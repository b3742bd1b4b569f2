import { X509Certificate } from 'node:crypto';
import { bundledRoots } from '../../../src/endpoint/trusted-roots';
import { rejected } from '../../harness/caught';

const REGIONS = [
  'af-south-1',
  'ap-east-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ca-central-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'me-central-1',
  'me-south-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

const AMAZON_ROOTS = [
  'Amazon Root CA 1',
  'Amazon Root CA 2',
  'Amazon Root CA 3',
  'Amazon Root CA 4',
  'Starfield Services Root Certificate Authority - G2',
];

async function certificates(region: string) {
  const roots = [await bundledRoots(region)].flat();
  return roots.map((pem) => new X509Certificate(pem));
}

const nameOf = ({ subject }: X509Certificate) => /^CN=(.*)$/m.exec(subject)?.[1] ?? '';

describe.each(REGIONS)('%s', (region) => {
  it('trusts the three roots of the region and the five of Amazon, and nothing else', async () => {
    const names = (await certificates(region)).map(nameOf);
    expect(names.sort()).toEqual(
      [
        ...AMAZON_ROOTS,
        ...['ECC384 G1', 'RSA2048 G1', 'RSA4096 G1'].map(
          (kind) => `Amazon RDS ${region} Root CA ${kind}`,
        ),
      ].sort(),
    );
  });

  it('trusts no expired, beta or preview certificate, and authorities only', async () => {
    for (const certificate of await certificates(region)) {
      expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
      expect(certificate.subject).not.toMatch(/beta|preview/i);
      expect(certificate.ca).toBe(true);
      expect(certificate.checkIssued(certificate)).toBe(true);
    }
  });
});

it('parses the roots of a region once', () => {
  expect(bundledRoots('eu-west-1')).toBe(bundledRoots('eu-west-1'));
});

describe('a region without bundled roots', () => {
  it.each([
    ['il-central-1', 'https://truststore.pki.rds.amazonaws.com/'],
    ['ap-southeast-7', 'https://truststore.pki.rds.amazonaws.com/'],
    ['us-gov-west-1', 'https://truststore.pki.us-gov-west-1.rds.amazonaws.com/'],
    ['us-gov-east-1', 'https://truststore.pki.us-gov-west-1.rds.amazonaws.com/'],
    [
      'cn-north-1',
      'https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem',
    ],
    ['us-east', 'https://truststore.pki.rds.amazonaws.com/'],
  ])('is refused with the trust store to download from: %s', async (region, url) => {
    const error = await rejected(bundledRoots(region));
    expect(error.code).toBe('ERR_IAM_AUTH_TLS');
    expect(error.message).toContain(`No root certificates are bundled for ${region}:`);
    expect(error.message).toContain(`${url},`);
    expect(error.message).toContain('iamAuth.tls.ca');
  });
});

import { X509Certificate } from 'node:crypto';
import { partitionOf } from '../endpoint/partitions';
import { bundledRegions, bundledRoots } from '../endpoint/trusted-roots';
import { parseFlags, textFlag, type Command } from './command';

/** Lists the roots that are bundled for a Region. */
export const ca: Command = {
  help: `Usage: sequelize-rds-iam ca [--region NAME]

Lists the root certificates that are trusted for a Region, with their expiry
dates, and where to download others. Without --region, lists the Regions whose
roots are bundled.

Example: sequelize-rds-iam ca --region eu-west-1`,
  run: async (args, { out }) => {
    const region = textFlag(parseFlags(args, { region: { type: 'string' } }), 'region');
    if (region === undefined) {
      out('Roots are bundled for:');
      for (const name of await bundledRegions()) out(`  ${name}`);
      out(downloadAdvice('eu-west-1'));
      return 0;
    }
    // Throws an error with a fix for a Region without bundled roots.
    const roots = await bundledRoots(region);
    out(`Trusted for ${region}:`);
    for (const pem of [roots].flat()) {
      const { subject, validTo } = new X509Certificate(pem);
      out(`  ${commonName(subject)}, until ${new Date(validTo).toISOString().slice(0, 10)}`);
    }
    out(downloadAdvice(region));
    return 0;
  },
};

function commonName(subject: string): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? /^OU=(.*)$/m.exec(subject)?.[1] ?? subject;
}

function downloadAdvice(region: string): string {
  return `For others, download the Region's bundle from ${partitionOf(region).trustStore} and set iamAuth.tls.ca to its text.`;
}

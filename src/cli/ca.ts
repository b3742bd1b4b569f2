import { X509Certificate } from 'node:crypto';
import { partitionOf } from '../endpoint/partitions';
import { bundledRegions, bundledRoots } from '../endpoint/trusted-roots';
import { parseFlags, textOf, type Command } from './command';

/** Says which roots are bundled for a Region. */
export const ca: Command = {
  help: `Usage: sequelize-rds-iam ca [--region NAME]

Lists the root certificates that are trusted for a Region, with their end, and
says where to get others. Without --region: the Regions that have roots here.

Example: sequelize-rds-iam ca --region eu-west-1`,
  run: async (args, { out }) => {
    const region = textOf(parseFlags(args, { region: { type: 'string' } }), 'region');
    if (region === undefined) {
      out('Roots are bundled for:');
      for (const name of await bundledRegions()) out(`  ${name}`);
      out(howToGetOthers('eu-west-1'));
      return 0;
    }
    // Throws for a Region without any, with the remedy.
    const roots = await bundledRoots(region);
    out(`Trusted for ${region}:`);
    for (const pem of [roots].flat()) {
      const { subject, validTo } = new X509Certificate(pem);
      out(`  ${commonName(subject)}, until ${new Date(validTo).toISOString().slice(0, 10)}`);
    }
    out(howToGetOthers(region));
    return 0;
  },
};

function commonName(subject: string): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? /^OU=(.*)$/m.exec(subject)?.[1] ?? subject;
}

function howToGetOthers(region: string): string {
  return `Others: download the bundle of the Region from ${partitionOf(region).trustStore}, and give its text as iamAuth.tls.ca.`;
}

import dns from 'node:dns';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { failWith, pass, type Check } from '../check';

/** Resolves the host, as Node does for the driver. */
export const dnsCheck: Check = {
  id: 'dns',
  needs: ['config'],
  runForHost: async ({ connectTarget: { hostname } }) => {
    if (isIP(hostname) !== 0) return pass(`${hostname} is an address`);
    try {
      const found = await promisify(dns.lookup)(hostname, { all: true });
      const addresses = [found]
        .flat()
        .map((entry) => (typeof entry === 'string' ? entry : entry.address));
      return pass(`${hostname} resolves to ${addresses.join(', ')}`);
    } catch (error) {
      return failWith(error);
    }
  },
};

import type { KnownError } from './known-error';

/** DNS, TCP and TLS, in the words of Node and of the drivers. */
export const networkRows: readonly KnownError[] = [
  {
    code: 'ENOTFOUND',
    message: 'getaddrinfo ENOTFOUND …',
    codes: ['ENOTFOUND'],
    cause: 'The host name does not exist, or not in this network',
    fix: 'Compare host with the endpoint in the RDS console; a private zone is seen only from its VPC',
  },
  {
    code: 'EAI_AGAIN',
    message: 'getaddrinfo EAI_AGAIN …',
    codes: ['EAI_AGAIN'],
    cause: 'No DNS server answered',
    fix: 'Check the DNS settings of this machine or container',
  },
  {
    code: 'ERR_SOCKET_BAD_PORT',
    message: '… should be >= 0 and < 65536 …',
    codes: ['ERR_SOCKET_BAD_PORT'],
    cause: 'The port is not a port',
    fix: 'Set port to a number from 1 to 65535',
  },
  {
    code: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED …',
    codes: ['ECONNREFUSED'],
    cause: 'Nothing listens on that port',
    fix: 'Check port, and that the instance, or the tunnel, is up',
  },
  {
    code: 'ETIMEDOUT',
    message: 'connect ETIMEDOUT',
    codes: ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ER_CONNECTION_TIMEOUT', 45012],
    pattern: /connect ETIMEDOUT|timeout expired|due to connection timeout/,
    cause: 'The server does not answer: a security group, a missing route, or a server that hangs',
    fix: "Allow this machine in the instance's security group on its port, from a network that has a route to it",
  },
  {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    message: "Hostname/IP does not match certificate's altnames: …",
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    pattern: /does not match certificate's altnames/,
    cause: 'Host is a custom name, an address or a tunnel, or another server answers',
    fix: "Set iamAuth.endpoint.hostname to the RDS endpoint's name",
  },
  {
    code: 'CERT_HAS_EXPIRED',
    message: 'certificate has expired',
    codes: ['CERT_HAS_EXPIRED'],
    pattern: /certificate has expired/,
    cause:
      "The server's certificate or its authority has expired, or this machine's clock is wrong",
    fix: "Check the clock, and rotate the instance's certificate to a current authority",
  },
  {
    code: 'CERT_NOT_YET_VALID',
    message: 'certificate is not yet valid',
    codes: ['CERT_NOT_YET_VALID'],
    pattern: /certificate is not yet valid/,
    cause: "This machine's clock is behind",
    fix: 'Set the clock, for instance with chrony and the Amazon Time Sync Service',
  },
  {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
    message: 'self-signed certificate in certificate chain, unable to get local issuer certificate',
    codes: [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'CERT_SIGNATURE_FAILURE',
    ],
    pattern:
      /self-signed certificate|unable to (?:get (?:local )?issuer|verify)|certificate signature failure/,
    cause:
      'The server is not certified by the roots in use: an old bundle, another Region, or not RDS',
    fix: "Remove iamAuth.tls.ca and dialectOptions.ssl.ca, so that the bundled roots are used, or give the Region's current bundle",
  },
  {
    code: 'HANDSHAKE_NO_SSL_SUPPORT',
    message:
      'Server does not support secure connection, The server does not support SSL connections',
    codes: ['HANDSHAKE_NO_SSL_SUPPORT', 'ER_SERVER_SSL_DISABLED', 45023],
    pattern: /does not support (?:secure connection|SSL connections)/,
    cause: 'The tunnel, proxy or server speaks no TLS',
    fix: 'Connect to the RDS endpoint itself, or through a tunnel that passes TLS on',
  },
  {
    code: 'EPROTO',
    message: '… wrong version number …',
    codes: ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'],
    pattern: /wrong version number|Malformed packet|unexpected end of packet/i,
    cause: 'What answers on that port speaks another protocol',
    fix: 'Check port and dialect',
  },
  {
    code: 'ECONNRESET',
    message: 'read ECONNRESET, Connection lost, Connection terminated unexpectedly',
    codes: ['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'ER_SOCKET_UNEXPECTED_CLOSE'],
    pattern: /Connection terminated unexpectedly|socket disconnected before secure TLS/,
    cause:
      'The connection was cut: a tunnel without a target, a restart, or RDS Proxy out of reach',
    fix: 'Try again; if it stays, check the tunnel, and that RDS Proxy is reached from within its VPC',
  },
];

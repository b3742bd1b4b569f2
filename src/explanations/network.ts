import { USE_CURRENT_ROOTS, SET_HOSTNAME, SET_CLOCK, type KnownError } from './known-error';

/** Errors of DNS, TCP and TLS, from Node and the drivers. */
export const networkRows: readonly KnownError[] = [
  {
    code: 'ENOTFOUND',
    message: 'getaddrinfo ENOTFOUND …',
    cause: 'The host name does not exist, or only in another network',
    fix: 'Compare host with the endpoint in the RDS console; names in a private zone resolve only in its VPC',
  },
  {
    code: 'EAI_AGAIN',
    message: 'getaddrinfo EAI_AGAIN …',
    cause: 'No DNS server answered',
    fix: 'Check the DNS settings of this machine or container',
  },
  {
    code: 'ERR_SOCKET_BAD_PORT',
    message: '… should be >= 0 and < 65536 …',
    cause: 'The port is not a valid port',
    fix: 'Set port to a number from 1 to 65535',
  },
  {
    code: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED …',
    cause: 'Nothing listens on that port',
    fix: 'Check port, and that the instance or the tunnel is running',
  },
  {
    code: 'ETIMEDOUT',
    message: 'connect ETIMEDOUT',
    codes: ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ER_CONNECTION_TIMEOUT', 45012],
    // mariadb keeps only the message of what happens while it sets a connection up.
    pattern:
      /connect ETIMEDOUT|timeout expired|due to connection timeout|initial sql command: The operation was aborted/,
    cause:
      'The server does not answer: a security group blocks it, there is no route to it, or it hangs',
    fix: "Allow this machine on that port in the instance's security group, and check that there is a route",
  },
  {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    message: "Hostname/IP does not match certificate's altnames: …",
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    pattern: /does not match certificate's altnames/,
    cause: 'The host is a custom name, an address or a tunnel, or another server answered',
    fix: SET_HOSTNAME,
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
    fix: SET_CLOCK,
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
      'No trusted root certifies the server: the bundle is old or for another Region, or it is not RDS',
    fix: USE_CURRENT_ROOTS,
  },
  {
    code: 'HANDSHAKE_NO_SSL_SUPPORT',
    message:
      'Server does not support secure connection, The server does not support SSL connections',
    codes: ['HANDSHAKE_NO_SSL_SUPPORT', 'ER_SERVER_SSL_DISABLED', 45023],
    pattern: /does not support (?:secure connection|SSL connections)/,
    cause: 'The tunnel, proxy or server does not support TLS',
    fix: 'Connect to the RDS endpoint itself, or through a tunnel that passes TLS through',
  },
  {
    code: 'EPROTO',
    message: '… wrong version number …',
    codes: ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'],
    pattern:
      /wrong version number|Malformed packet|unexpected end of packet|Unexpected (?:type of )?packet during handshake|no auth plugin instance found|received invalid response|error establishing an SSL connection/i,
    cause: 'The server on that port uses another protocol, or something on the way changes it',
    fix: 'Check the options port and dialect, and what is between: a proxy or a tunnel must pass everything on unchanged',
  },
  {
    code: 'ECONNRESET',
    message: 'read ECONNRESET, Connection lost, Connection terminated unexpectedly',
    codes: [
      'ECONNRESET',
      'EPIPE',
      'PROTOCOL_CONNECTION_LOST',
      'ER_SOCKET_UNEXPECTED_CLOSE',
      'ER_CMD_CONNECTION_CLOSED',
    ],
    // mysql2 replaces the code of what happens in the TLS handshake.
    pattern:
      /read ECONNRESET|socket has unexpectedly been closed|Cannot execute new commands: connection closed|Connection terminated unexpectedly|socket disconnected before secure TLS/,
    cause:
      'The connection was cut: the tunnel has no target, the server restarted, or RDS Proxy is unreachable',
    fix: 'Try again; if the error persists, check the tunnel, and that you connect to RDS Proxy from its VPC',
  },
];

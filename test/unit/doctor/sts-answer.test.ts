import { readStsAnswer } from '../../../src/doctor/sts-answer';

const errorDocument = (code: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <Error>\n    <Type>Sender</Type>\n    <Code>${code}</Code>\n` +
  `    <Message>The first line\nand the session token</Message>\n  </Error>\n  <RequestId>x</RequestId>\n</ErrorResponse>\n`;

describe('an error of AWS STS', () => {
  it.each([
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'UnrecognizedClientException',
  ])('refuses the credentials: %s', (code) => {
    const answer = { kind: 'error', code, message: 'The first line' };
    expect(readStsAnswer(403, errorDocument(code))).toEqual({
      ...answer,
      isAboutCredentials: true,
    });
    expect(readStsAnswer(500, errorDocument(code))).toMatchObject({ isAboutCredentials: false });
  });

  it.each([
    'AccessDenied',
    'AccessDeniedException',
    'IncompleteSignature',
    'InternalFailure',
    'MissingAuthenticationToken',
    'OptInRequired',
    'RegionDisabledException',
    'RequestExpired',
    'ServiceUnavailable',
    'Throttling',
  ])('says nothing against the credentials: %s', (code) => {
    expect(readStsAnswer(403, errorDocument(code))).toMatchObject({
      kind: 'error',
      code,
      isAboutCredentials: false,
    });
  });
});

it('takes an identity from its own document alone', () => {
  const arn = 'arn:aws:iam::123456789012:user/x';
  const fields = `<Arn>${arn}</Arn><UserId>x</UserId><Account>123456789012</Account>`;
  const document = `<GetCallerIdentityResponse><GetCallerIdentityResult>${fields}</GetCallerIdentityResult></GetCallerIdentityResponse>`;

  expect(readStsAnswer(200, document)).toEqual({ kind: 'identity', arn });
  for (const [status, body] of [
    [200, fields],
    [404, document],
    [200, `<html>${fields}</html>`],
  ] as const) {
    expect(readStsAnswer(status, body).kind).toBe('not-sts');
  }
});

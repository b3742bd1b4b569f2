import { signedElsewhere } from '../../../src/doctor/signed-elsewhere';

const RDS = 'db.abc.eu-west-1.rds.amazonaws.com';
const none = { host: false, port: false, isHostOdd: false, isOdd: false };

it.each([
  { connectTarget: RDS, at: 3306, signed: 3306, expected: none },
  { connectTarget: RDS.toUpperCase(), at: 3307, signed: 3307, expected: none },
  { connectTarget: RDS, at: 3307, signed: 3306, expected: { ...none, port: true, isOdd: true } },
  { connectTarget: '127.0.0.1', at: 3306, signed: 3306, expected: { ...none, host: true } },
  {
    connectTarget: 'LOCALHOST',
    at: 13306,
    signed: 3306,
    expected: { ...none, host: true, port: true },
  },
  {
    connectTarget: '::1',
    at: 13306,
    signed: 3307,
    expected: { ...none, host: true, port: true, isOdd: true },
  },
  { connectTarget: '127.0.0.2', at: 3307, signed: 3307, expected: { ...none, host: true } },
  {
    connectTarget: 'db.example',
    at: 3306,
    signed: 3306,
    expected: { host: true, port: false, isHostOdd: true, isOdd: true },
  },
])(
  'compares $dialed:$at with what is signed for, port $signed',
  ({ connectTarget, at, signed, expected }) => {
    expect(
      signedElsewhere({ hostname: RDS, port: signed }, { hostname: connectTarget, port: at }, 3306),
    ).toEqual(expected);
  },
);

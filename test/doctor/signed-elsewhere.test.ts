import { signedElsewhere } from '../../src/doctor/signed-elsewhere';

const RDS = 'db.abc.eu-west-1.rds.amazonaws.com';
const none = { host: false, port: false, isHostOdd: false, isOdd: false };

it.each([
  { dialed: RDS, at: 3306, signed: 3306, expected: none },
  { dialed: RDS.toUpperCase(), at: 3307, signed: 3307, expected: none },
  { dialed: RDS, at: 3307, signed: 3306, expected: { ...none, port: true, isOdd: true } },
  { dialed: '127.0.0.1', at: 3306, signed: 3306, expected: { ...none, host: true } },
  { dialed: 'LOCALHOST', at: 13306, signed: 3306, expected: { ...none, host: true, port: true } },
  {
    dialed: '::1',
    at: 13306,
    signed: 3307,
    expected: { ...none, host: true, port: true, isOdd: true },
  },
  { dialed: '127.0.0.2', at: 3307, signed: 3307, expected: { ...none, host: true } },
  {
    dialed: 'db.example',
    at: 3306,
    signed: 3306,
    expected: { host: true, port: false, isHostOdd: true, isOdd: true },
  },
])(
  'compares $dialed:$at with what is signed for, port $signed',
  ({ dialed, at, signed, expected }) => {
    expect(
      signedElsewhere({ hostname: RDS, port: signed }, { hostname: dialed, port: at }, 3306),
    ).toEqual(expected);
  },
);

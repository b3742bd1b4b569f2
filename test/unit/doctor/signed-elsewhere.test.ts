import { signedElsewhere } from '../../../src/doctor/signed-elsewhere';

const RDS = 'db.abc.eu-west-1.rds.amazonaws.com';
const none = {
  isOtherHost: false,
  isOtherPort: false,
  isHostUnexplained: false,
  isUnexplained: false,
};

it.each([
  { connectTarget: RDS, at: 3306, signed: 3306, expected: none },
  { connectTarget: RDS.toUpperCase(), at: 3307, signed: 3307, expected: none },
  {
    connectTarget: RDS,
    at: 3307,
    signed: 3306,
    expected: { ...none, isOtherPort: true, isUnexplained: true },
  },
  { connectTarget: '127.0.0.1', at: 3306, signed: 3306, expected: { ...none, isOtherHost: true } },
  {
    connectTarget: 'LOCALHOST',
    at: 13306,
    signed: 3306,
    expected: { ...none, isOtherHost: true, isOtherPort: true },
  },
  {
    connectTarget: '::1',
    at: 13306,
    signed: 3307,
    expected: { ...none, isOtherHost: true, isOtherPort: true, isUnexplained: true },
  },
  { connectTarget: '127.0.0.2', at: 3307, signed: 3307, expected: { ...none, isOtherHost: true } },
  {
    connectTarget: 'db.example',
    at: 3306,
    signed: 3306,
    expected: {
      isOtherHost: true,
      isOtherPort: false,
      isHostUnexplained: true,
      isUnexplained: true,
    },
  },
])(
  'compares $connectTarget:$at with what is signed for, port $signed',
  ({ connectTarget, at, signed, expected }) => {
    expect(
      signedElsewhere({ hostname: RDS, port: signed }, { hostname: connectTarget, port: at }, 3306),
    ).toEqual(expected);
  },
);

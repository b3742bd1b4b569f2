import { registerInstalled } from './register-installed';

registerInstalled();

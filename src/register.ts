import { registerInstalled } from './attach/register-installed';

registerInstalled();

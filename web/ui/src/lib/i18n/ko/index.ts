// Korean.
import type { Messages } from '..';
import fleet from './fleet';
import logs from './logs';
import metrics from './metrics';
import shell from './shell';

const ko: Messages = { ...shell, ...fleet, ...metrics, ...logs };
export default ko;

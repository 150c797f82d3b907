// English: the language whose keys the others must have.
import fleet from './fleet';
import logs from './logs';
import metrics from './metrics';
import shell from './shell';

const en = { ...shell, ...fleet, ...metrics, ...logs };

export type MessageKey = keyof typeof en;
export default en as Record<MessageKey, string>;

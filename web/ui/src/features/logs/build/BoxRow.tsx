// The boxes over the query's text: what, where, grouped by, order, limit. They
// write the text; the text fills them.
import { useT } from '@/lib/i18n';
import { aggregate, type Boxes, key, readAggregate, readBoxes, setCondition, setLimit, setOrder, setStats } from './boxes';
import { AggregateForm, ConditionForm, KeyForm, OrderForm } from './forms';
import { Box, BoxItem } from './Box';
import './boxes.css';

interface BoxRowProps {
  text: string;
  /** Names to choose from; any other can be typed. */
  fields: readonly string[];
  onText: (text: string) => void;
}

const limits = [20, 100, 1000, 10_000, 100_000];

export function BoxRow({ text, fields, onText }: BoxRowProps) {
  const t = useT();
  const boxes = readBoxes(text);
  if (!boxes) return <p className="sw-secondary sw-boxes-beyond">{t('logs.boxes.beyond')}</p>;
  const { where, aggregates, keys } = boxes;
  const replace = <T,>(list: readonly T[], at: number, item: T | null) => (item === null ? list.filter((_one, i) => i !== at) : list.map((one, i) => (i === at ? item : one)));
  return (
    <div className="sw-boxes">
      <Box label={t('logs.boxes.what')} add={t('logs.boxes.addWhat')} empty={t('logs.boxes.events')} form={(close) => <AggregateForm fields={fields} onApply={(fn, field) => (onText(setStats(text, [...aggregates, aggregate(fn, field)], keys)), close())} />}>
        {aggregates.map((item, at) => {
          const known = readAggregate(item);
          return (
            <BoxItem key={at} text={known ? `${t(`logs.boxes.fn.${known.fn}`)}${known.field ? ` ${known.field}` : ''}` : item.expression} onRemove={() => onText(setStats(text, replace(aggregates, at, null), aggregates.length === 1 ? [] : keys))}>
              {known ? (close) => <AggregateForm fields={fields} start={known} onApply={(fn, field) => (onText(setStats(text, replace(aggregates, at, aggregate(fn, field)), keys)), close())} /> : null}
            </BoxItem>
          );
        })}
      </Box>
      <Box label={t('logs.boxes.where')} add={t('logs.boxes.addWhere')} empty={t('logs.boxes.everything')} form={(close) => <ConditionForm fields={fields} onApply={(condition) => (onText(setCondition(text, null, condition)), close())} />}>
        {where.map((w) => (
          <BoxItem key={w.at} text={w.text} mono onRemove={() => onText(setCondition(text, w.at, null))}>
            {w.condition ? (close) => <ConditionForm fields={fields} start={w.condition ?? undefined} onApply={(condition) => (onText(setCondition(text, w.at, condition)), close())} /> : null}
          </BoxItem>
        ))}
      </Box>
      <Box label={t('logs.boxes.by')} add={t('logs.boxes.addBy')} empty={t('logs.boxes.noGroups')} form={(close) => <KeyForm fields={fields} onApply={(expression) => (onText(setStats(text, aggregates, [...keys, key(expression)])), close())} />}>
        {keys.map((item, at) => (
          <BoxItem key={at} text={item.expression} mono onRemove={() => onText(setStats(text, aggregates, replace(keys, at, null)))}>
            {(close) => <KeyForm fields={fields} start={item.expression} onApply={(expression) => (onText(setStats(text, aggregates, replace(keys, at, key(expression)))), close())} />}
          </BoxItem>
        ))}
      </Box>
      <OrderBox boxes={boxes} fields={fields} text={text} onText={onText} />
      <label className="sw-box sw-box-limit">
        <span className="sw-box-label">{t('logs.boxes.limit')}</span>
        <select className="sw-field" value={boxes.limit ?? ''} onChange={(event) => onText(setLimit(text, event.target.value ? Number(event.target.value) : null))}>
          <option value="">{t('common.none')}</option>
          {[...new Set([...(boxes.limit ? [boxes.limit] : []), ...limits])]
            .sort((a, b) => a - b)
            .map((n) => (
              <option key={n} value={n}>
                {n.toLocaleString()}
              </option>
            ))}
        </select>
      </label>
    </div>
  );
}

function OrderBox({ boxes, fields, text, onText }: { boxes: Boxes; fields: readonly string[]; text: string; onText: (text: string) => void }) {
  const t = useT();
  const columns = boxes.aggregates.length > 0 ? [...boxes.aggregates, ...boxes.keys].map((i) => i.name).filter((name) => /^[\p{L}\p{N}_@.]+$/u.test(name)) : fields;
  const form = (close: () => void) => <OrderForm fields={columns} start={boxes.order ?? undefined} onApply={(order) => (onText(setOrder(text, order)), close())} />;
  return (
    <Box label={t('logs.boxes.order')} add={t('logs.boxes.addOrder')} empty={t('logs.boxes.noOrder')} form={boxes.orderText ? null : form}>
      {boxes.orderText ? (
        <BoxItem text={boxes.order ? `${boxes.order.field} ${boxes.order.descending ? '↓' : '↑'}` : boxes.orderText} mono onRemove={() => onText(setOrder(text, null))}>
          {boxes.order ? form : null}
        </BoxItem>
      ) : null}
    </Box>
  );
}


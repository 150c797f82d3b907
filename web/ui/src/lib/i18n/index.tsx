// Every visible string comes from here: en/ and ko/ hold the same keys, one
// file for each feature. useT() gives the translator, useFormat() the numbers
// of the same language. Korean is loaded only when it is chosen.
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { formatter, type Formatter } from '../format';
import { useSetting } from '../settings';
import en, { type MessageKey } from './en';
import { interpolate, type Params } from './interpolate';
import { type Locale, pickLocale } from './locale';

export type { MessageKey } from './en';
export type Translate = (key: MessageKey, params?: Params) => string;
export type Messages = Record<MessageKey, string>;

interface I18n {
  locale: Locale;
  t: Translate;
  format: Formatter;
}

function makeI18n(locale: Locale, messages: Messages, utc = false): I18n {
  return { locale, t: (key, params = {}) => interpolate(messages[key], params, locale), format: formatter(locale, utc) };
}

const I18nContext = createContext<I18n>(makeI18n('en', en));

/** The language and how to change it. */
export function useLocaleChoice(): [Locale, (locale: Locale) => void] {
  const [chosen, choose] = useSetting('locale');
  return [pickLocale(chosen, typeof navigator === 'undefined' ? [] : navigator.languages), choose];
}

/** Whether times are shown in UTC, and how to change it; otherwise they are in the browser's zone. */
export function useUtcChoice(): [boolean, (utc: boolean) => void] {
  const [zone, setZone] = useSetting('zone');
  return [zone === 'utc', (utc) => setZone(utc ? 'utc' : null)];
}

/** Messages of a language; English is always here. */
async function load(locale: Locale): Promise<Messages> {
  return locale === 'ko' ? (await import('./ko')).default : en;
}

export function I18nRoot({ children }: { children: ReactNode }) {
  const [locale] = useLocaleChoice();
  const [utc] = useUtcChoice();
  // The language before stays until the new one is here; at first there is none.
  const [i18n, setI18n] = useState<I18n | null>(() => (locale === 'en' ? makeI18n('en', en, utc) : null));
  useEffect(() => {
    let current = true;
    void load(locale).then((messages) => {
      if (!current) return;
      document.documentElement.lang = locale;
      setI18n(makeI18n(locale, messages, utc));
    });
    return () => {
      current = false;
    };
  }, [locale, utc]);
  return i18n ? <I18nContext.Provider value={i18n}>{children}</I18nContext.Provider> : null;
}

export function useI18n(): I18n {
  return useContext(I18nContext);
}

/** t('key', {param}) in the page's language. */
export function useT(): Translate {
  return useI18n().t;
}

/** Numbers, times and units in the page's language. */
export function useFormat(): Formatter {
  return useI18n().format;
}

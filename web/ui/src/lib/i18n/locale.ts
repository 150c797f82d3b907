// The languages of the page.
export const locales = ['en', 'ko'] as const;
export type Locale = (typeof locales)[number];

/** The language to use: the user's choice, else the browser's, else English. */
export function pickLocale(chosen: string | null, preferred: readonly string[]): Locale {
  for (const tag of [chosen ?? '', ...preferred]) {
    const found = locales.find((locale) => tag.toLowerCase().split('-')[0] === locale);
    if (found) return found;
  }
  return 'en';
}

// Message templates: "{name}" is replaced by a parameter, "{n|function|functions}"
// chooses a word by the plural rule of the language.
export type Params = Record<string, string | number>;

export function interpolate(template: string, params: Params, locale: string): string {
  return template.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (one === undefined || other === undefined) return String(value);
    const number = Number(String(value).replace(/,/g, ''));
    return new Intl.PluralRules(locale).select(number) === 'one' ? one : other;
  });
}

/** The parameter names a template uses. */
export function paramsOf(template: string): string[] {
  return [...template.matchAll(/\{(\w+)(?:\|[^}]*)?\}/g)].map((m) => m[1] ?? '');
}
